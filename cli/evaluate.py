"""`triage evaluate FILE`: how good is the classifier, on labelled mails or on what the owner corrected?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.session import begin, derivation_of
from cli.words import language_of, translate
from triage.classify.scores import Pair
from triage.errors import UsageError
from triage.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cli.render import Screen
    from cli.session import Session
    from triage.classify.rows import Row
    from triage.model import Message, Verdict
    from triage.report.evaluation import Speed


class _Form(StrEnum):
    TEXT = "text"
    JSON = "json"


@takes(Manners)
def evaluate(
    manners: Manners,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help='Labelled mails, one JSON object a line: {"subject", "body", "kind", …}.'),
    ] = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Measure on what you corrected and confirmed.")
    ] = False,
    form: Annotated[_Form, typer.Option("--format", help="For people or for programs.")] = _Form.TEXT,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="List what was judged wrongly as well.")] = False,
) -> None:
    """Measure the classifier: precision and recall, what is taken for what, calibration, speed."""
    from cli.render import Screen

    if (file is None) != corrections:
        raise UsageError("Name either a file of labelled mails or --corrections.")
    screen = Screen(manners)
    if file is not None:
        pairs, speed = _judge_file(file, screen)
        language = language_of(Settings())
    else:
        with begin(manners, Which(no_sync=True)) as session:
            pairs, speed = _judge_corrections(session)
            language = session.words.language
    _print(screen, pairs, speed, form, language, mistakes=mistakes)


def _print(screen: Screen, pairs: Sequence[Pair], speed: Speed, form: _Form, language: str, *, mistakes: bool) -> None:
    from triage.classify.scores import evaluate as count
    from triage.report.evaluation import evaluation_json, evaluation_text, mistakes_text

    if mistakes:
        screen.data(mistakes_text(iter(pairs)) + "\n")
    found = count(pairs)
    if form is _Form.JSON:
        screen.data(evaluation_json(found, speed))
    else:
        screen.data(evaluation_text(found, speed, lambda text: translate(text, language)))


def _judge_file(file: Path, screen: Screen) -> tuple[list[Pair], Speed]:
    from triage.classify import classify_closely
    from triage.classify.rows import message_of, read_rows

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{file} cannot be read: {reason}.") from None
    rows = list(read_rows(text.split("\n")))
    if not rows:
        raise UsageError(f"{file} holds no labelled mail.")
    with screen.progress("") as tell:
        return _timed(((row, message_of(row)) for row in rows), classify_closely, lambda n: tell("", "", n, len(rows)))


def _judge_corrections(session: Session) -> tuple[list[Pair], Speed]:
    """Judge each mail that was corrected by what all the other corrections teach: never by its own."""
    from triage.classify import classify, read_closely
    from triage.pipeline import corrected_mails

    taught = list(corrected_mails(session.store, derivation_of(session)))
    if not taught:
        raise UsageError("Nothing was corrected or confirmed yet: `triage correct ID KIND`.")
    lessons = {mail.row.id: mail.lessons for mail in taught}

    def judge(message: Message) -> Verdict:
        return classify(message, read_closely(message), lessons[message.message_id])

    with session.progress() as tell:
        mails = ((mail.row, mail.message) for mail in taught)
        return _timed(mails, judge, lambda n: tell("", "", n, len(taught)))


def _timed(
    mails: Iterable[tuple[Row, Message]], judge: Callable[[Message], Verdict], tell: Callable[[int], None]
) -> tuple[list[Pair], Speed]:
    from triage.report.evaluation import Speed

    pairs, took = [], list[float]()
    for number, (row, message) in enumerate(mails, 1):
        began = perf_counter()
        pairs.append(Pair(row, judge(message)))
        took.append(perf_counter() - began)
        tell(number)
    further = took[1:] or took
    return pairs, Speed(took[0], sum(further) / len(further))

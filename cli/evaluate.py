"""`triage evaluate FILE`: how good is the classifier, on labelled mails or on what the owner corrected?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.session import begin, derivation_of
from triage.decisions import TEACHING
from triage.errors import UsageError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cli.render import Screen
    from cli.session import Session
    from triage.classify.rows import Row
    from triage.classify.scores import Pair
    from triage.model import Verdict
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
    form: Annotated[
        _Form, typer.Option("--format", metavar="|".join(_Form), help="For people or for programs.")
    ] = _Form.TEXT,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="List what was judged wrongly as well.")] = False,
) -> None:
    """Measure the classifier: precision and recall, what is taken for what, calibration, speed."""
    from cli.render import Screen

    if (file is None) != corrections:
        raise UsageError(_("Name either a file of labelled mails or --corrections."))
    screen = Screen(manners)
    if file is not None:
        pairs, speed = _judge_file(file, screen)
    else:
        with begin(manners, Which(no_sync=True)) as session:
            pairs, speed = _judge_corrections(session)
    _print(screen, _Found(pairs, speed, kinds_only=corrections), form, mistakes=mistakes)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was judged, and how fast; of what the owner corrects only the kind is known to be right."""

    pairs: Sequence[Pair]
    speed: Speed
    kinds_only: bool


def _print(screen: Screen, judged: _Found, form: _Form, *, mistakes: bool) -> None:
    from triage.classify.scores import evaluate as count
    from triage.report.evaluation import evaluation_json, evaluation_text, mistakes_text

    if mistakes:
        screen.data(mistakes_text(judged.pairs, kinds_only=judged.kinds_only) + "\n")
    found = count(judged.pairs, kinds_only=judged.kinds_only)
    if form is _Form.JSON:
        screen.data(evaluation_json(found, judged.speed))
    else:
        screen.data(evaluation_text(found, judged.speed, _))


def _judge_file(file: Path, screen: Screen) -> tuple[list[Pair], Speed]:
    from triage.classify.rows import message_of, read_rows
    from triage.classify.verdict import classify_closely

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is not UTF-8 text")
        raise UsageError(_("{file} cannot be read: {reason}.").format(file=file, reason=reason)) from None
    rows = list(read_rows(text.split("\n")))
    if not rows:
        raise UsageError(_("{file} holds no labelled mail.").format(file=file))
    with screen.progress("") as tell:
        judged = ((row, partial(classify_closely, message_of(row))) for row in rows)
        return _timed(judged, lambda n: tell("", "", n, len(rows)))


def _judge_corrections(session: Session) -> tuple[list[Pair], Speed]:
    """Judge each mail that was corrected by what all the other corrections teach: never by its own."""
    from triage.classify.rows import Row
    from triage.classify.verdict import classify, read_closely
    from triage.pipeline import corrected_mails

    total = len({each.mail for each in session.store.decisions() if each.action in TEACHING})
    if not total:
        raise UsageError(_("Nothing was corrected or confirmed yet: `triage correct ID KIND`."))

    def judged() -> Iterator[tuple[Row, Callable[[], Verdict]]]:
        for mail in corrected_mails(session.store, derivation_of(session)):
            said = mail.message
            row = Row(said.message_id, "", said.sender.email, said.subject, said.text, mail.kind)
            yield row, lambda mail=mail: classify(mail.message, read_closely(mail.message), mail.lessons)  # type: ignore[misc]

    with session.progress() as tell:
        return _timed(judged(), lambda n: tell("", "", n, total))


def _timed(
    judged: Iterable[tuple[Row, Callable[[], Verdict]]], tell: Callable[[int], None]
) -> tuple[list[Pair], Speed]:
    from triage.classify.scores import Pair
    from triage.report.evaluation import Speed

    pairs, took = [], list[float]()
    for number, (row, judge) in enumerate(judged, 1):
        began = perf_counter()
        pairs.append(Pair(row, judge()))
        took.append(perf_counter() - began)
        tell(number)
    further = took[1:] or took
    return pairs, Speed(took[0], sum(further) / len(further))

"""`triage notes export`, `triage notes import`: what the owner decided, from machine to machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.session import begin, derivation_of
from cli.stored import alone
from triage import pipeline
from triage.errors import UsageError
from triage.i18n import _

if TYPE_CHECKING:
    from cli.session import Session

_MOST = 256 * 1024 * 1024  # bytes; a decision takes some 500

notes = typer.Typer(
    help="Move what you decided to another machine, or keep it safe: decisions, IDs, how rounds ended.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)


@notes.callback()
@takes(Manners)
def _notes(manners: Manners) -> None:
    """Move what you decided to another machine, or keep it safe: decisions, IDs, how rounds ended."""


@notes.command("export")
@takes(Manners)
def export_notes(
    manners: Manners,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file, for you alone (0600).")
    ] = None,
) -> None:
    """Write all notes as JSON: decisions with what was taken back, IDs, and how rounds ended.

    It holds words of your customers: your notes, and for each correction the words by which such a mail is known again.
    They leave this computer only where you send the file.
    """
    from triage import notes as core
    from triage.report.write import write_file

    with begin(manners, Which(no_sync=True)) as session:
        found = core.notes_of(session.store)
        if output is None or str(output) == "-":
            session.screen.data(core.to_text(found))
            return
        write_file(output.expanduser(), core.to_text(found))
        what = _counted(session, len(found.decisions), len(found.ids), len(found.outcomes))
        session.screen.note(session.words.say("Written to {file}: {what}.", file=output, what=what))


@notes.command("import")
@takes(Manners)
def import_notes(
    manners: Manners,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `triage notes export` wrote it; - for the input.")],
) -> None:
    """Add the notes of a file to those that are here: all of them or, if the file is broken, none.

    The same decision twice is one. They hang on Message-IDs, so they hold for mail that is fetched afterwards too.
    """
    from triage import notes as core

    read = core.from_text(_text(file), str(file))
    with alone(manners) as session:
        with session.store.transaction():
            merged = core.merge(session.store, read)
        pipeline.judge_again(session.store, derivation_of(session))
        what = _counted(session, merged.decisions, merged.ids, merged.outcomes)
        session.screen.line(session.words.say("New here: {what}.", what=what))
        if merged.passed_by:
            said = session.words.count(
                merged.passed_by,
                "1 note is about somebody forgotten: left out.",
                "{n} notes are about people forgotten: left out.",
            )
            session.screen.note(said)


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            return typer.get_binary_stream("stdin").read(_MOST).decode("utf-8-sig")
        with file.expanduser().open("rb") as opened:
            return opened.read(_MOST).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            _("{file} cannot be read: {reason}. Name a file of `triage notes export`.").format(
                file=file, reason=error.strerror
            )
        ) from error
    except UnicodeDecodeError:
        raise UsageError(
            _("{file} is no export of notes: it is no text. Nothing was imported.").format(file=file)
        ) from None


def _counted(session: Session, decisions: int, ids: int, outcomes: int) -> str:
    words = session.words
    return ", ".join((
        words.count(decisions, "1 decision", "{n} decisions"),
        words.count(ids, "1 ID", "{n} IDs"),
        words.count(outcomes, "1 round that ended", "{n} rounds that ended"),
    ))  # fmt: skip

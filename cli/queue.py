"""`triage queue`: whom to answer first, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.session import begin, choose
from triage.errors import ExitStatus

if TYPE_CHECKING:
    from cli.session import Session
    from triage.rank import Row


class Format(StrEnum):
    """How to print the queue."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@takes(Manners, Which)
def queue(
    manners: Manners,
    which: Which,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Fetch what is new, then show whom to answer first, and why."""
    queue_in(manners, which, form)


def queue_in(manners: Manners, which: Which, form: Format = Format.TABLE) -> None:
    """Do what `triage queue` does."""
    session = begin(manners, which, sync=True)
    everything = bool(which.status)
    rows = session.rows(everything=everything)
    chosen = choose(rows, which)
    if form is Format.TABLE:
        from cli.table import print_queue

        print_queue(session, rows, chosen, which)
    else:
        session.screen.data(machine_format(session, chosen, form.value))
    end(session)


def machine_format(session: Session, rows: tuple[Row, ...], form: str) -> str:
    """Write rows as csv, json or jsonl."""
    from triage.report import export

    records = [export.record(row, session.zone) for row in rows]
    if form == "csv":
        return export.to_csv(records)
    if form == "json":
        return export.to_json(records, session.now, session.moment, session.zone)
    return export.to_jsonl(records)


def end(session: Session, status: ExitStatus = ExitStatus.FINE) -> None:
    """Say what went wrong while fetching, and end with its status."""
    for problem in session.problems:
        session.screen.complain(str(problem))
    final = session.status or status
    if final:
        raise typer.Exit(final)

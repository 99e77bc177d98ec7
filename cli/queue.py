"""`triage queue`: whom to answer first, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, complain, takes
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
    form: Annotated[Format, typer.Option("--format", metavar="|".join(Format), help="How to print it.")] = Format.TABLE,
) -> None:
    """Fetch what is new, then show whom to answer first, and why."""
    queue_in(manners, which, form)


def queue_in(manners: Manners, which: Which, form: Format = Format.TABLE) -> None:
    """Do what `triage queue` does."""
    with begin(manners, which, sync=True) as session:
        rows = session.rows(everything=bool(which.status))
        if form is Format.TABLE:
            with session.screen.pages():
                _print_table(session, rows, which)
        else:
            session.screen.data(machine_format(session, choose(listed(rows, which), which), form.value))
        end(session)


def listed(rows: tuple[Row, ...], which: Which) -> tuple[Row, ...]:
    """Leave out what is snoozed, unless a status was asked for."""
    return rows if which.status else tuple(row for row in rows if row.rank is not None)


def _print_table(session: Session, rows: tuple[Row, ...], which: Which) -> None:
    from cli.table import print_queue

    folded = frozenset() if which.lane or which.status else _forgotten_before_the_first_sync(session, rows)
    shown = choose(tuple(row for row in listed(rows, which) if row.case.id not in folded), which)
    print_queue(session, rows, shown, has_folded=bool(folded))


def _forgotten_before_the_first_sync(session: Session, rows: tuple[Row, ...]) -> frozenset[str]:
    """Name what is not to come as a flood: on a first sync it stands in one line (mail-facts, section 1)."""
    from triage.model import Urgency
    from triage.rank import urgency_at

    firsts = {name: first for name, (first, _, count) in session.store.runs().items() if count == 1}
    found = set()
    for row in rows:
        first, since, target = firsts.get(row.case.account), row.case.since, row.target
        if row.urgency is not Urgency.FORGOTTEN or first is None or since is None or target is None:
            continue
        if urgency_at(first, since, target, session.hours, session.settings.targets) is Urgency.FORGOTTEN:
            found.add(row.case.id)
    return frozenset(found)


def machine_format(session: Session, rows: tuple[Row, ...], form: str) -> str:
    """Write rows as csv, json or jsonl."""
    from cli.links import url_of
    from triage.report import export

    records = (export.record(row, session.zone, url_of(session, row)) for row in rows)
    if form == "csv":
        return "".join(export.to_csv(records))
    if form == "json":
        return "".join(export.to_json(records, session.now, session.moment, session.zone))
    return "".join(export.to_jsonl(records))


def end(session: Session, status: ExitStatus = ExitStatus.FINE) -> None:
    """Say what went wrong while fetching, and end with its status; "something is overdue" beats 25 to 27."""
    for problem in session.problems:
        complain(str(problem))
    final = session.status or status
    if status is ExitStatus.OVERDUE and ExitStatus.STALE <= final < ExitStatus.INTERRUPTED:
        final = status
    if final:
        raise typer.Exit(final)

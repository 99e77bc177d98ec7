"""`triage export`: one row a conversation, for spreadsheets and scripts."""

from __future__ import annotations

from enum import StrEnum
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.links import url_of
from cli.options import Manners, Which, takes
from cli.queue import end, listed
from cli.session import begin, chosen
from triage.errors import UsageError
from triage.i18n import _
from triage.report import export as report
from triage.report.write import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.session import Session


_AT_ONCE = 500  # rows


class Format(StrEnum):
    """What scripts read."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@takes(Manners, Which)
def export(
    manners: Manners,
    which: Which,
    form: Annotated[Format, typer.Option("--format", metavar="|".join(Format), help="What to write.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also conversations in which nobody waits.")] = False,
    columns: Annotated[str | None, typer.Option("--columns", metavar="A,B,C", help="Only these fields.")] = None,
    excel: Annotated[bool, typer.Option("--excel", help="CSV that Dutch Excel opens by double click.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Leave cells that a spreadsheet would run as they are.")] = False,
) -> None:
    """Write one row a conversation as CSV, JSON or JSON Lines."""
    names = report.choose_columns(columns)
    if excel and form is not Format.CSV:
        raise UsageError(_("--excel is for CSV: leave it out, or --format."))
    with begin(manners, which, sync=True) as session:
        rows = session.every_row() if everything or which.status else listed(session.rows(), which)
        written = count()  # goes up with every row
        counted = (row for row, _ in zip(chosen(rows, which), written, strict=False))
        records = report.pick((report.record(row, session.zone, url_of(session, row)) for row in counted), names)
        if form is Format.CSV:
            pieces = report.to_csv(records, names, excel=excel, raw=raw)
        elif form is Format.JSON:
            pieces = report.to_json(records, session.now, session.moment, session.zone)
        else:
            pieces = report.to_jsonl(records)
        _write(session, pieces, output, written)
        end(session)


def _write(session: Session, pieces: Iterator[str], output: Path | None, written: count[int]) -> None:
    """Write to the file, or to stdout without one (or with `-`, as is the custom), never holding all of it."""
    if output is None or str(output) == "-":
        while block := "".join(islice(pieces, _AT_ONCE)):
            session.screen.data(block)
        return
    write_file(output.expanduser(), pieces)
    said = session.words.count(
        next(written), "1 conversation written to {file}.", "{n} conversations written to {file}.", file=output
    )
    session.screen.note(said)

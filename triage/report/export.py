"""Rows as CSV, JSON and JSON Lines: one record a conversation, with the fields that scripts rely on.

Values in, text out. Codes are English in every language; times are ISO 8601 with the shop's offset.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from triage.clock import Counting
from triage.decisions import FOREVER
from triage.errors import UsageError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from triage.rank import Row

COLUMNS = (
    "id", "account", "status", "lane", "kind", "confidence", "reason", "flags", "urgency", "rank", "from_name",
    "from_email", "subject", "language", "received_at", "waiting_since", "waited_minutes", "target_minutes", "due_at",
    "answered_at", "response_minutes", "messages", "unanswered_messages", "order_number", "carrier", "assigned_to",
    "snoozed_until", "because", "snippet", "message_id", "mailbox", "notices", "url",
)  # fmt: skip
"""The fields of a row, in order. Further ones are only ever appended."""

SCHEMA = 1
_RUNS_AS_FORMULA = frozenset("=+-@\t\r＝＋－＠")
_to_text = json.JSONEncoder(ensure_ascii=False).encode
_JOINED_BY = {"because": " · "}


def choose_columns(text: str | None) -> tuple[str, ...]:
    """Read `--columns a,b,c`; None takes all.

    Raises:
        UsageError: One of them is unknown.

    """
    if text is None:
        return COLUMNS
    chosen = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in chosen if name not in COLUMNS]
    if unknown or not chosen:
        raise UsageError(
            _('There is no column "{names}". Choose among: {columns}.').format(
                names=", ".join(unknown), columns=", ".join(COLUMNS)
            )
        )
    return chosen


def record(row: Row, zone: ZoneInfo, url: str | None = None) -> dict[str, Any]:
    """Give a row's fields by name: strings, whole numbers, lists, or None where there is nothing.

    `url` is where to open it, as `links` has it.
    """
    case, verdict = row.case, row.case.verdict
    is_waiting = row.lane is not None
    return {
        "id": case.id,
        "account": case.account,
        "status": row.status.value,
        "lane": row.lane.value if row.lane else None,
        "kind": verdict.kind.value,
        "confidence": round(verdict.confidence, 2),
        "reason": verdict.reason.value,
        "flags": sorted(verdict.flags),
        "urgency": row.urgency.value if row.urgency else None,
        "rank": row.rank,
        "from_name": case.customer.name or None,
        "from_email": case.customer.email or None,
        "subject": case.subject,
        "language": verdict.language or None,
        "received_at": _time(case.received_at, zone),
        "waiting_since": _time(case.since if is_waiting else None, zone),
        "waited_minutes": _minutes(row.waited),
        "target_minutes": _minutes(
            row.target.amount if row.target and row.target.counting is Counting.OPEN_TIME else None
        ),
        "due_at": _time(row.due_at, zone),
        "answered_at": _time(case.answered_at, zone),
        "response_minutes": _minutes(row.response),
        "messages": case.messages,
        "unanswered_messages": case.unanswered,
        "order_number": case.order_number or None,
        "carrier": case.carrier or None,
        "assigned_to": row.assigned_to or None,
        "snoozed_until": _time(None if row.snoozed_until == FOREVER else row.snoozed_until, zone),
        "because": list(verdict.because),
        "snippet": case.snippet,
        "message_id": case.message_id,
        "mailbox": case.mailbox or None,
        "notices": sorted(case.notices),
        "url": url,
    }


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def _minutes(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds() // 60)


def to_json(records: Iterable[dict[str, Any]], generated_at: datetime, at: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Write one object, piece by piece: when it was made, for which moment, and the conversations."""
    head = {"generated_at": _time(generated_at, zone), "at": _time(at, zone), "schema": SCHEMA}
    yield json.dumps(head, indent=2).removesuffix("\n}") + ',\n  "conversations": ['
    behind = "\n"
    for fields in records:
        lines = ",\n".join(f'      "{name}": {_indented(value)}' for name, value in fields.items())
        yield f"{behind}    {{\n{lines}\n    }}"
        behind = ",\n"
    yield "]\n}\n" if behind == "\n" else "\n  ]\n}\n"


def _indented(value: object) -> str:
    """Write a value as the standard library would with `indent=2`, which would need all records at once."""
    if value is None:
        return "null"
    if isinstance(value, list) and value:
        return "[\n        " + ",\n        ".join(map(_to_text, value)) + "\n      ]"
    return _to_text(value)


def to_jsonl(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Write one object a line."""
    return (_to_text(fields) + "\n" for fields in records)


def to_csv(
    records: Iterable[dict[str, Any]], columns: Sequence[str] = COLUMNS, *, excel: bool = False, raw: bool = False
) -> Iterator[str]:
    """Write a header line and one line a record (RFC 4180), one at a time.

    `excel` writes what Dutch Excel opens by double click: a byte order mark, semicolons, decimal commas. Cells that a
    spreadsheet would run as a formula begin with an apostrophe, unless `raw`.
    """
    line = io.StringIO("\ufeff" if excel else "")
    line.seek(0, io.SEEK_END)
    writer = csv.writer(line, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writerow(columns)
    for fields in records:
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow(_cells(fields, columns, excel=excel, raw=raw))
    yield line.getvalue()


def _cells(fields: dict[str, Any], columns: Sequence[str], *, excel: bool, raw: bool) -> list[object]:
    """Give the cells of a line. In one go, for a call each would be a tenth of a large export."""
    cells: list[object] = []
    for name in columns:
        value = fields[name]
        if isinstance(value, list):
            value = _JOINED_BY.get(name, " ").join(value)
        if isinstance(value, str):
            cells.append(value if raw or value[:1] not in _RUNS_AS_FORMULA else f"'{value}")
        elif excel and isinstance(value, float):
            cells.append(str(value).replace(".", ","))
        else:
            cells.append(value)
    return cells


def pick(records: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Keep only some fields of each record."""
    if tuple(columns) == COLUMNS:
        return iter(records)
    return ({name: fields[name] for name in columns} for fields in records)

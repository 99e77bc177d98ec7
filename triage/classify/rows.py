"""Labelled mails as JSON Lines: the label guide's row format, and the mail that a row stands for.

A row is judged as the program judges: made into a mail on the wire, and read back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from triage.errors import UsageError
from triage.i18n import _
from triage.mail.message import read_message
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.model import Message

_RECEIVED = datetime(2025, 1, 1, tzinfo=UTC)  # no label depends on when a mail came
_TEXTS = ("id", "lang", "from", "subject", "body", "author")


@dataclass(frozen=True, slots=True)
class Row:
    """A mail with its labels; `author` is the hand that wrote it, where that is known."""

    id: str
    language: str
    sender: str
    subject: str
    body: str
    kind: Kind
    reason: Reason = Reason.ELSE
    flags: frozenset[Flag] = frozenset()
    headers: tuple[tuple[str, str], ...] = ()
    is_html: bool = False
    author: str = ""


def read_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Read JSON Lines; empty lines are skipped. Raises `UsageError` naming the line that is no row."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _row(json.loads(line))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise UsageError(
                    _("Line {number} is no labelled mail: {reason}.").format(number=number, reason=str(error))
                ) from error


def _row(values: dict[str, Any]) -> Row:
    texts = {name: str(values.get(name) or "") for name in _TEXTS}
    return Row(
        id=texts["id"],
        language=texts["lang"],
        sender=texts["from"],
        subject=texts["subject"],
        body=texts["body"],
        kind=Kind(values["kind"]),
        reason=Reason(values.get("reason") or Reason.ELSE),
        flags=frozenset(Flag(flag) for flag in values.get("flags") or ()),
        headers=tuple((str(name), str(value)) for name, value in (values.get("headers") or {}).items()),
        is_html=bool(values.get("html")),
        author=texts["author"],
    )


def message_of(row: Row) -> Message:
    """Read the row's mail as if it had come in."""
    return read_message(compose(row), _RECEIVED)


def compose(row: Row) -> bytes:
    """Put a row on the wire; its own `headers` go before those that every mail has."""
    subtype = "html" if row.is_html else "plain"
    headers = {
        "From": row.sender,
        "To": "shop@shop.example",
        "Subject": row.subject,
        "Message-ID": f"<{row.id or 'row'}@rows.example>",
        "Content-Type": f"text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **dict(row.headers),
    }
    head = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in headers.items())
    return f"{head}\r\n{row.body}".encode("utf-8", "replace")

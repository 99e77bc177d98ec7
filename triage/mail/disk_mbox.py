"""An mbox: one file a mailbox, each message behind a line `From ` (Thunderbird, procmail, Google Takeout).

The file is read through line by line and never held in memory. Lines `From ` of a text stand in it as `>From `.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.mail.disk_piece import EMPTY_LINE, Piece, header_of, number_of
from triage.mail.headers import decode_words, read_date
from triage.mail.source import HEAD_BYTES
from triage.store import Flags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST_SEPARATOR = 300
_NOTED_AT_MOST = 1_024  # bytes of bookkeeping in one message
_SEPARATOR = re.compile(rb"From (?:.{0,200}? )?(?P<date>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,12}\d\d:\d\d.{0,30})$")
_QUOTED = re.compile(rb"^>(>{0,20}From )", re.MULTILINE)
_BOOKKEEPING = re.compile(rb"^(?:X-Mozilla-[A-Za-z0-9]+|Status|X-Status|X-Keywords|X-UID):.*\n", re.MULTILINE)
"""Header lines in which programs note what was done to a mail: they change, the mail does not."""

_LEFT_OUT = frozenset({
    "spam", "trash", "bin", "drafts", "draft", "chat", "chats", "prullenbak", "concepten", "concept",
    "papierkorb", "entwürfe", "entwurf", "corbeille", "brouillons", "brouillon",
})  # fmt: skip
_ARCHIVED = frozenset({"archived", "gearchiveerd", "archiviert", "archivé", "archivés", "archivée", "archivées"})
_SENT = frozenset({"sent", "verzonden", "gesendet", "envoyé", "envoyés", "messages envoyés"})


def is_mbox(path: Path) -> bool:
    """Say whether a file begins as an mbox does.

    Raises:
        OSError: It cannot be read.

    """
    with path.open("rb") as file:
        return file.read(5) == b"From "


def list_mbox(path: Path) -> dict[int, Piece]:
    """List the messages by number; of an export of Google's, not what lies in its spam, trash, drafts and chats.

    Raises:
        OSError: The file cannot be read.

    """
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = {}
    for start, end, first_line, head in _stretches(path):
        header = header_of(head)
        labels = _labels(header)
        if labels.isdisjoint(_LEFT_OUT):
            found[mbox_number(head)] = Piece(
                path, start, end - start, written_at, _flags(header, labels), _claim(first_line),
                is_copy=True, is_quoted=True, gmail_thread=_thread(header),
            )  # fmt: skip
    return found


def mbox_number(head: bytes) -> int:
    """Give the number of a message by its first bytes, whatever was noted in it since, and whatever follows it."""
    header, *body = EMPTY_LINE.split(head[:HEAD_BYTES].lstrip(b"\r\n"), maxsplit=1)
    told = b"\n".join((_BOOKKEEPING.sub(b"", header + b"\n"), *body))
    return number_of(told[: HEAD_BYTES - _NOTED_AT_MOST].rstrip())


def unquoted(source: bytes) -> bytes:
    """Take off the mark that keeps a line of the text from being taken for the beginning of a message."""
    return _QUOTED.sub(rb"\1", source)


def _stretches(path: Path) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Find where each message starts and ends, its `From ` line, and its first bytes."""
    place, start, first_line, is_after_empty = 0, 0, b"", True
    head = bytearray()
    with path.open("rb") as file:
        for line in file:
            if is_after_empty and (_is_separator(line) or not place):
                if first_line:
                    yield start, place, first_line, bytes(head[:HEAD_BYTES])
                start, first_line, head = place + len(line), line, bytearray()
            elif len(head) < HEAD_BYTES:
                head += line
            is_after_empty = line in {b"\n", b"\r\n"}
            place += len(line)
    if first_line:
        yield start, place, first_line, bytes(head[:HEAD_BYTES])


def _is_separator(line: bytes) -> bool:
    """Tell a line `From ` with a moment in it from a paragraph that begins with "From "."""
    return line.startswith(b"From ") and _moment(line) is not None


def _moment(line: bytes) -> re.Match[bytes] | None:
    return _SEPARATOR.match(line.rstrip(b"\r\n")) if len(line) <= _LONGEST_SEPARATOR else None


def _claim(line: bytes) -> datetime | None:
    """Read the moment of a `From ` line (UTC unless it says otherwise).

    Thunderbird's `From - ` is the moment of the download, in the time of the computer: of no use.
    """
    found = None if line.startswith(b"From - ") else _moment(line)
    return read_date(found["date"].decode("ascii", "replace")) if found else None


def _flags(header: dict[str, str], labels: frozenset[str]) -> Flags:
    """Read the flags that Thunderbird (X-Mozilla-Status: 2 answered, 8 expunged) and others (X-Status) keep inside."""
    status = header.get("x-mozilla-status", "0")[:4]
    bits = int(status, 16) if re.fullmatch(r"[0-9a-fA-F]+", status) else 0
    letters = header.get("x-status", "").upper()
    is_archived = not labels.isdisjoint(_ARCHIVED) and labels.isdisjoint(_SENT)
    return Flags(bool(bits & 0x2) or "A" in letters, bool(bits & 0x8) or "D" in letters or is_archived, "T" in letters)


def _labels(header: dict[str, str]) -> frozenset[str]:
    labels = decode_words(header.get("x-gmail-labels", ""))
    return frozenset(label.strip().casefold() for label in labels.split(","))


def _thread(header: dict[str, str]) -> str:
    """Give Gmail's thread as its web address has it."""
    thread = header.get("x-gm-thrid", "").strip()
    return f"{int(thread):x}" if re.fullmatch(r"[0-9]{1,20}", thread) else ""

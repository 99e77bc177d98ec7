"""A message on disk: where it lies, when it was received, and what number it goes by.

The hard truth: a file's time is that of the receipt where a server wrote the file, but that of the copying where mbsync
(without CopyArrivalDate), offlineimap, a backup or an export did. So the line that the own server put on top of the
header counts before it; and for a copy that no server put a line on, such as our own sent mail, the mail's own date.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.mail.headers import raw_text, read_date, read_fields

if TYPE_CHECKING:
    from pathlib import Path

    from triage.store import Flags

EMPTY_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a message lies: a file, and in an mbox the stretch of it.

    `written_at` is the file's time: no message in it came later. `claimed_at` is the receipt by an mbox's `From ` line.
    `is_copy` says that the file's time may be that of a copying. `is_quoted` says that lines `From ` stand as `>From `.
    """

    path: Path
    start: int
    length: int
    written_at: datetime
    flags: Flags
    claimed_at: datetime | None = None
    is_copy: bool = False
    is_quoted: bool = False
    gmail_thread: str = ""


def number_of(name: bytes) -> int:
    """Give a positive number of 63 bits, which SQLite keeps as it is."""
    return int.from_bytes(hashlib.sha1(name).digest()[:8], "big") >> 1 or 1


def header_of(head: bytes) -> dict[str, str]:
    """Give the first value of each header field, as it stood, by its name in lower case."""
    fields, _ = read_fields(EMPTY_LINE.split(head, maxsplit=1)[0].replace(b"\r", b"") + b"\n\n", 0)
    return {name.lower(): raw_text(value) for name, value in reversed(fields)}


def received_at(piece: Piece, header: dict[str, str]) -> datetime:
    """Say when a message was received, in UTC; never later than its file was written."""
    moment = read_date(header.get("received", "").rpartition(";")[2]) or piece.claimed_at
    if moment is None and piece.is_copy:
        moment = read_date(header.get("date", ""))
    return min(moment, piece.written_at).astimezone(UTC) if moment else piece.written_at


def read_head(piece: Piece, at_most: int) -> bytes:
    """Read the first bytes of a message, as they stand on disk.

    Raises:
        OSError: It has left, or cannot be read.

    """
    with piece.path.open("rb") as file:
        file.seek(piece.start)
        return file.read(min(piece.length, at_most))

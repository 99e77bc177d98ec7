"""A mailbox on disk as a source of mail: Maildir (mbsync, Dovecot, offlineimap) or mbox (Thunderbird, Google Takeout).

Nothing is written: no file is renamed from `new/` to `cur/`, no lock is taken. A message on disk has no UID, so its
number is a hash: of the file's name without its flags in a Maildir, of the message itself in an mbox.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError, MailboxMissingError
from triage.mail.message import needs_more
from triage.mail.source import HEAD_BYTES, Fetched, MailboxName, MailboxState
from triage.store import Flags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from triage.settings import AccountSettings

BATCH = 500
_FURTHER_BYTES = 4_000_000  # to read when the first bytes hold no words: past a photo, not past a film
_FROM_LINE = re.compile(rb"From (?:\S+ +|- )?(?P<date>[A-Z][a-z]{2} [A-Z][a-z]{2} .{4,40})$")
_RECEIVED = re.compile(rb"^received:.*?;(?P<date>[^;]*?)\r?\n(?![ \t])", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_INFO_SEPARATORS = ":;!"  # what divides a file's name from its flags: `;` and `!` where `:` is not allowed (Windows)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where a message lies: a file, and in an mbox the stretch of it."""

    path: Path
    start: int
    length: int
    received_at: datetime
    flags: Flags


class DiskSource:
    """The mailboxes in a folder or file. Raises the children of `TriageError` only."""

    def __init__(self, account: AccountSettings) -> None:
        if account.path is None:
            raise AssertionError
        self._account = account
        self._root = account.path.expanduser()
        self._pieces: dict[int, _Piece] = {}
        if not self._root.exists():
            raise ConfigurationError(
                f'There is no mailbox at {self._root} (path of account "{account.name}"). Check the path.'
            )

    def mailboxes(self) -> list[MailboxName]:
        """List every mailbox: the folder or file itself is INBOX, the others go by their names."""
        if self._root.is_file():
            return [MailboxName("INBOX", str(self._root))]
        found = [MailboxName("INBOX", str(self._root))] if _is_maildir(self._root) else []
        for path in sorted(self._root.iterdir()):
            name = path.name.removeprefix(".").removesuffix(".mbox")
            if _is_maildir(path) or (path.is_file() and _is_mbox(path)):
                if name.upper() == "INBOX":
                    found = [mailbox for mailbox in found if mailbox.name != "INBOX"]
                found.append(MailboxName("INBOX" if name.upper() == "INBOX" else name, str(path), delimiter="."))
        if not found:
            raise MailboxMissingError(
                f"{self._root} holds neither a Maildir (folders cur, new, tmp) nor an mbox file. Check path."
            )
        return found

    def examine(self, mailbox: MailboxName) -> MailboxState:
        """Read where each message of a mailbox lies."""
        path = self._root.__class__(mailbox.wire)
        self._pieces = {}
        try:
            for name, piece in _maildir(path) if path.is_dir() else _mbox(path):
                self._pieces[_number(name)] = piece
        except OSError as error:
            raise MailboxMissingError(f"The mailbox {path} cannot be read: {error.strerror}.") from error
        return MailboxState(1, 0, len(self._pieces))

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        """List the numbers of the messages received on or after a day."""
        del above  # numbers on disk are in no order
        return sorted(uid for uid, piece in self._pieces.items() if since is None or piece.received_at.date() >= since)

    def deleted(self) -> set[int]:
        """List the numbers of what is marked as deleted."""
        return {uid for uid, piece in self._pieces.items() if piece.flags.deleted}

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """Give the flags of these messages; what is missing has left."""
        return {uid: self._pieces[uid].flags for uid in uids if uid in self._pieces}

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Read these messages batch by batch; what cannot be read is missing."""
        for start in range(0, len(uids), BATCH):
            found = (self._read(uid) for uid in uids[start : start + BATCH])
            yield [fetched for fetched in found if fetched is not None]

    def _read(self, uid: int) -> Fetched | None:
        piece = self._pieces.get(uid)
        if piece is None:
            return None
        try:
            source = _bytes(piece, HEAD_BYTES)
            if needs_more(source):
                source = _bytes(piece, _FURTHER_BYTES)
        except OSError:
            return None
        return Fetched(
            uid=uid,
            source=source,
            is_truncated=piece.length > len(source),
            received_at=_receipt(source, piece.received_at),
            flags=piece.flags,
        )

    def close(self) -> None:
        """Forget where the messages lie."""
        self._pieces = {}


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() or (path / "new").is_dir()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _number(name: bytes) -> int:
    """Give a positive number of 63 bits that SQLite keeps as it is."""
    return int.from_bytes(hashlib.sha1(name).digest()[:8], "big") >> 1 or 1


def _bytes(piece: _Piece, at_most: int) -> bytes:
    with piece.path.open("rb") as file:
        file.seek(piece.start)
        return file.read(min(piece.length, at_most))


def _maildir(path: Path) -> Iterator[tuple[bytes, _Piece]]:
    for part in ("cur", "new"):
        folder = path / part
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            name, letters = _split_info(file.name)
            if file.name.startswith(".") or not file.is_file():
                continue
            about = file.stat()
            flags = Flags("R" in letters, "T" in letters, "D" in letters)
            moment = datetime.fromtimestamp(about.st_mtime, UTC)
            yield name.encode("utf-8", "surrogateescape"), _Piece(file, 0, about.st_size, moment, flags)


def _split_info(name: str) -> tuple[str, str]:
    """Divide `1700000000.M1.host:2,RS` into the name, which stays, and the letters of its flags."""
    for separator in _INFO_SEPARATORS:
        head, found, letters = name.rpartition(f"{separator}2,")
        if found:
            return head, letters
    return name, ""


def _mbox(path: Path) -> Iterator[tuple[bytes, _Piece]]:
    """Find the messages in an mbox without holding it in memory; a line `From ` counts after an empty line only."""
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    start, place, moment, after_empty = -1, 0, modified, True
    head = bytearray()
    with path.open("rb") as file:
        for line in file:
            found = _FROM_LINE.match(line.rstrip(b"\r\n")) if after_empty and line.startswith(b"From ") else None
            if found:
                if start >= 0:
                    yield _mbox_piece(path, start, place, moment, bytes(head))
                start, moment, head = place + len(line), _from_date(found["date"], modified), bytearray()
            elif len(head) < HEAD_BYTES:
                head += line
            after_empty = not line.strip()
            place += len(line)
    if start >= 0:
        yield _mbox_piece(path, start, place, moment, bytes(head))


def _mbox_piece(path: Path, start: int, end: int, moment: datetime, head: bytes) -> tuple[bytes, _Piece]:
    return head, _Piece(path, start, end - start, moment, _mozilla_flags(head))


def _mozilla_flags(head: bytes) -> Flags:
    """Read the flags that Thunderbird (X-Mozilla-Status: 2 answered, 8 expunged) and others (X-Status) keep inside."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0].lower()
    mozilla = re.search(rb"^x-mozilla-status: *([0-9a-f]{4})", header, re.MULTILINE)
    bits = int(mozilla[1], 16) if mozilla else 0
    status = re.search(rb"^x-status: *([a-z]*)", header, re.MULTILINE)
    letters = status[1] if status else b""
    return Flags(bool(bits & 0x2) or b"a" in letters, bool(bits & 0x8) or b"d" in letters, b"t" in letters)


def _from_date(text: bytes, otherwise: datetime) -> datetime:
    return _parse_date(text.decode("ascii", "replace")) or otherwise


def _receipt(source: bytes, on_disk: datetime) -> datetime:
    """Say when a message was received: by the server's own line, if that is earlier than the file.

    A file's time is that of the receipt where a server wrote it, but that of the copying where mbsync (without
    CopyArrivalDate), a backup or an export did.
    """
    header = re.split(rb"\r?\n\r?\n", source, maxsplit=1)[0] + b"\n\n"
    received = _RECEIVED.search(header)
    moment = _parse_date(received["date"].decode("ascii", "replace")) if received else None
    return min(moment, on_disk) if moment else on_disk


def _parse_date(text: str) -> datetime | None:
    """Read a date of a mail header, or of an mbox's `From ` line (ctime, UTC unless it says otherwise)."""
    try:
        parsed = parsedate_tz(text.strip())
        if parsed is None:
            return None
        moment = datetime.fromtimestamp(mktime_tz(parsed), UTC)
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
    return moment if 1980 <= moment.year <= 2200 else None

"""Many messages by one connection: several FETCH commands are under way at any time, so that no round trip is idle.

A batch that the server refuses is asked for again in halves, so that one bad message spoils no other.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.mail.imap_connection import asks_to_wait
from triage.mail.responses import fetch_row
from triage.mail.source import HEAD_BYTES, TEXT_BYTES, Fetched, uid_set
from triage.mail.wire import RefusedError
from triage.store import Flags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.mail.responses import Row
    from triage.mail.wire import Wire

_LONG_BATCH = 10  # messages whose text parts are asked for in one FETCH: at most 10 x 3 x 128 KB

_HEADS = f"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{HEAD_BYTES}>)"
_STRUCTURE = "(UID BODYSTRUCTURE)"


@dataclass(frozen=True, slots=True)
class Job:
    """A FETCH to be sent: these items of these messages; `parts` where text parts are asked for."""

    uids: Sequence[int]
    items: str
    parts: Sequence[str] = ()

    def halves(self) -> list[Job]:
        """Give two smaller ones."""
        half = len(self.uids) // 2
        return [replace(self, uids=self.uids[:half]), replace(self, uids=self.uids[half:])]


def in_flight(wire: Wire, jobs: deque[Job], window: int) -> Iterator[tuple[Job, dict[int, Row]]]:
    """Give the rows of each job by UID; while one is awaited, `window` are under way. More may be put to the jobs.

    Rows belong to whom asked for their UID, in whatever order the server answers. A FETCH that nobody asked for comes
    without UID.
    """
    flight: deque[tuple[bytes, Job]] = deque()
    rows: dict[int, Row] = {}
    while jobs or flight:
        while jobs and len(flight) < window:
            job = jobs.popleft()
            flight.append((wire.send(f"UID FETCH {uid_set(job.uids)} {job.items}".encode()), job))
        awaited = {uid for _tag, job in flight for uid in job.uids}
        tag, job = flight.popleft()
        is_done = _collect(wire, tag, awaited, rows)
        own = {uid: rows.pop(uid) for uid in job.uids if uid in rows}
        if is_done or len(job.uids) <= 1:
            yield job, own if is_done else {}
        else:
            jobs.extendleft(reversed(job.halves()))


def _collect(wire: Wire, tag: bytes, awaited: set[int], rows: dict[int, Row]) -> bool:
    """Read rows until a command is done; False when the server refuses it."""
    try:
        for response in wire.until(tag):
            row = fetch_row(response)
            if row is not None and row.get(b"UID") in awaited:
                rows.setdefault(row[b"UID"], {}).update(row)
    except RefusedError as error:
        if asks_to_wait(error):
            raise
        return False
    return True


@dataclass(slots=True)
class Heads:
    """The first bytes of messages, batch by batch; the text of those that begin with something else comes later."""

    wire: Wire
    window: int
    has_gmail: bool
    _jobs: deque[Job] = field(default_factory=deque)
    _held: dict[int, Fetched] = field(default_factory=dict)

    def fetch(self, uids: Sequence[int], batch: int) -> Iterator[list[Fetched]]:
        """Fetch these messages in this order; what is missing has left or could not be fetched."""
        items = _HEADS.replace(" BODY", " X-GM-THRID BODY") if self.has_gmail else _HEADS
        self._jobs.extend(Job(uids[start : start + batch], items) for start in range(0, len(uids), batch))
        for job, rows in in_flight(self.wire, self._jobs, self.window):
            if job.parts:
                yield [self._with_text(uid, job.parts, rows) for uid in job.uids]
            elif job.items == _STRUCTURE:
                yield list(self._ask_for_text(job, rows))
            else:
                yield list(self._read(rows))

    def _read(self, rows: dict[int, Row]) -> Iterator[Fetched]:
        """Give what is complete; what begins with a photo is held until its text is there."""
        from triage.mail.message import needs_more  # most looks find nothing that is to be read

        held = []
        for uid, row in rows.items():
            fetched = _fetched(uid, row)
            if fetched is not None and fetched.is_truncated and needs_more(fetched.source):
                self._held[uid] = fetched
                held.append(uid)
            elif fetched is not None:
                yield fetched
        if held:
            self._jobs.appendleft(Job(held, _STRUCTURE))

    def _ask_for_text(self, job: Job, rows: dict[int, Row]) -> Iterator[Fetched]:
        """Ask for the text parts of what is held; an odd BODYSTRUCTURE is no reason to lose the mail."""
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for uid in job.uids:
            alike[tuple(text_parts(rows.get(uid, {}).get(b"BODYSTRUCTURE")))].append(uid)
        yield from (self._held.pop(uid) for uid in alike.pop((), ()))
        for parts, uids in alike.items():
            items = " ".join(f"BODY.PEEK[{part}.MIME] BODY.PEEK[{part}]<0.{TEXT_BYTES}>" for part in parts)
            for start in range(0, len(uids), _LONG_BATCH):
                self._jobs.appendleft(Job(uids[start : start + _LONG_BATCH], f"(UID {items})", parts))

    def _with_text(self, uid: int, parts: Sequence[str], rows: dict[int, Row]) -> Fetched:
        held, row = self._held.pop(uid), rows.get(uid)
        if row is None:
            return held
        found = [(_bytes(row, f"BODY[{part}.MIME]"), _bytes(row, f"BODY[{part}]<0>")) for part in parts]
        return replace(held, source=abridge(held.source, found))


def _fetched(uid: int, row: Row) -> Fetched | None:
    source = row.get(b"BODY[]<0>", row.get(b"BODY[]"))
    if not isinstance(source, bytes):
        return None
    size, thread = row.get(b"RFC822.SIZE"), row.get(b"X-GM-THRID")
    return Fetched(
        uid=uid,
        source=source,
        is_truncated=isinstance(size, int) and size > len(source),
        received_at=_instant(row.get(b"INTERNALDATE")),
        flags=read_flags(row),
        gmail_thread=f"{thread:x}" if isinstance(thread, int) else "",
    )


def read_flags(row: Row) -> Flags:
    """Read FLAGS; what is none is not there."""
    said = row.get(b"FLAGS")
    lower = {flag.lower() for flag in said if isinstance(flag, bytes)} if isinstance(said, tuple) else set()
    return Flags(rb"\answered" in lower, rb"\deleted" in lower, rb"\draft" in lower)


def _instant(moment: object) -> datetime | None:
    """Keep a sensible INTERNALDATE; some servers send NIL or the year 1."""
    if not isinstance(moment, datetime):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        instant = aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return instant if 1980 <= instant.year <= 2200 else None


def _bytes(row: Row, item: str) -> bytes:
    found = row.get(item.encode(), b"")
    return found if isinstance(found, bytes) else b""


def text_parts(structure: object, prefix: str = "", depth: int = 0) -> list[str]:
    """Name the text parts in a BODYSTRUCTURE that are no attachments: `["2"]` behind a photo; at most three."""
    if not isinstance(structure, tuple) or depth > 10:
        return []
    if isinstance(structure[0], list):
        found: list[str] = []
        for number, part in enumerate(structure[0], 1):
            found.extend(text_parts(part, f"{prefix}{number}.", depth + 1))
        return found[:3]
    is_text = isinstance(structure[0], bytes) and structure[0].lower() == b"text"
    is_attached = any(
        isinstance(item, tuple) and item and item[0] in (b"attachment", b"ATTACHMENT") for item in structure
    )
    return [prefix.rstrip(".") or "1"] if is_text and not is_attached else []


def abridge(head: bytes, parts: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Build a message of the header that is known and the text parts that were fetched behind it."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    lines = re.split(rb"\r?\n(?![ \t])", header)
    kept = [line for line in lines if not line.lower().startswith((b"content-type:", b"content-transfer-encoding:"))]
    boundary = b"=_abridged_by_triage"
    kept.append(b'Content-Type: multipart/mixed; boundary="' + boundary + b'"')
    bodies = [b"--" + boundary + b"\r\n" + mime.strip() + b"\r\n\r\n" + body + b"\r\n" for mime, body in parts]
    return b"\r\n".join([*kept, b"", b"".join(bodies) + b"--" + boundary + b"--\r\n"])

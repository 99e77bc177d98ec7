"""What a source of mail offers, be it a server or a folder on disk: mailboxes, numbers, flags, and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from triage.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from triage.store import Flags

HEAD_BYTES = 16_384
"""How much of each message is fetched at first: the header and, nearly always, all that the sender wrote."""

TEXT_BYTES = 131_072
"""How much of a text part is fetched when the first bytes held no words (a photo first, the words after it)."""


class LostConnectionError(ConnectionFailedError):
    """The connection broke or fell silent: a second try may help."""


@dataclass(frozen=True, slots=True)
class MailboxName:
    """A mailbox as the server lists it: its name (decoded), the name on the wire, special uses in lower case."""

    name: str
    wire: str
    uses: frozenset[str] = frozenset()
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class MailboxState:
    """What a server says when a mailbox is opened; `uidnext` is 0 when it does not say.

    `deleted` are the numbers of what is marked as deleted.
    """

    uidvalidity: int
    uidnext: int
    exists: int
    deleted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as it came: its first bytes, whether more follow, and when the server received it (None: unknown)."""

    uid: int
    source: bytes
    is_truncated: bool
    received_at: datetime | None
    flags: Flags
    gmail_thread: str = ""


class MailSource(Protocol):
    """A connection to one account, strictly for reading."""

    def mailboxes(self) -> list[MailboxName]:
        """List every mailbox."""
        ...

    def examine(self, mailbox: MailboxName) -> MailboxState:
        """Open a mailbox without the right to change anything."""
        ...

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        """List the numbers in the open mailbox, in order: received on or after a day, or above a number."""
        ...

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """Give the flags of these messages; what is missing has left, or its flags are not to be had."""
        ...

    def existing(self, uids: Sequence[int]) -> set[int]:
        """Say which of these are there, whether or not they can be fetched."""
        ...

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Give these messages batch by batch; what is missing has left or could not be fetched."""
        ...

    def close(self) -> None:
        """Say goodbye; never raises."""
        ...


def uid_set(uids: Iterable[int]) -> str:
    """Write numbers as an IMAP sequence set: `1:4,7` (RFC 9051, section 9)."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)

"""A mail server as a source of mail: a connection that reads and changes nothing.

Mailboxes are opened with EXAMINE and messages fetched with BODY.PEEK, so no mail is ever marked as read. What does not
depend on an answer is sent with what comes before it: a look that finds nothing new takes eight round trips at most.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from triage.errors import MailboxMissingError
from triage.i18n import _
from triage.mail.ahead import read_ahead
from triage.mail.fetching import Heads, Job, in_flight, read_flags
from triage.mail.imap_connection import Connection, asks_to_wait, quoted, server_words
from triage.mail.responses import listed, numbers, opened
from triage.mail.scrub import scrub
from triage.mail.source import MailboxName, MailboxState, uid_set
from triage.mail.wire import Deadline, RefusedError
from triage.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from triage.mail.oauth import SignedIn
    from triage.mail.source import Fetched
    from triage.settings import AccountSettings
    from triage.store import Flags

__all__ = ["WINDOW", "Deadline", "ImapSource"]

BATCH = 100  # messages in one FETCH: at most 100 x 16 KB; some six such are in memory, read ahead or being read
WINDOW = 8  # commands under way at a time; until it is their turn, answers wait in the sockets at both ends
_WORTH_COMPRESSING = 50  # messages: of 350 KB three quarters are saved, two round trips on a line of 20 Mbit/s
_AHEAD = 2  # batches that are read while the one before them is used
_NUMBERS = 500  # of messages in one command where nothing large is asked: lines stay below 8 KB (RFC 2683, 3.2.1.5)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ImapSource:
    """The mail of an account on a server, strictly for reading. Raises the children of `TriageError` only.

    `window` is how many commands are sent ahead; with 1 it waits for each answer, as the oldest servers expect.
    """

    def __init__(
        self, account: AccountSettings, secret: str | SignedIn, deadline: Deadline, window: int = WINDOW
    ) -> None:
        self._connection = Connection(account, secret, deadline)
        self._wire = self._connection.wire
        self._talking = self._connection.talking
        self._account = account
        self._window = window

    def mailboxes(self) -> list[MailboxName]:
        """List every mailbox."""
        with self._talking():
            found = listed(self._wire.ask(b'LIST "" "*"'))
        return [_mailbox_name(flags, delimiter, name) for flags, delimiter, name in found]

    def examine(self, mailbox: MailboxName) -> MailboxState:
        """Open a mailbox with EXAMINE.

        Raises:
            MailboxMissingError: The server does not open it.

        """
        with self._talking():
            opening = self._wire.send(b"EXAMINE " + quoted(mailbox.wire))
            deleted = self._wire.send(b"UID SEARCH DELETED") if self._window > 1 else None
            try:
                uidvalidity, uidnext, exists = opened(self._wire.until(opening))
            except RefusedError as error:
                if asks_to_wait(error):
                    raise
                raise MailboxMissingError(
                    _('The mailbox "{mailbox}" of {host} cannot be opened: "{said}".').format(
                        mailbox=mailbox.name, host=self._account.host, said=server_words(error)
                    )
                ) from error
            found = numbers(self._wire.until(deleted) if deleted else self._wire.ask(b"UID SEARCH DELETED"))
        return MailboxState(uidvalidity, uidnext, exists, frozenset(found))

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        """List the numbers in the open mailbox: received on or after a day, or above a number.

        `UID n:*` always gives the last message, even one below n (RFC 9051, section 6.4.9).
        """
        if above:
            return sorted({uid for uid in self._search(f"UID {above + 1}:*") if uid > above})
        criterion = f"SINCE {since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}" if since else "ALL"
        return sorted(set(self._search(criterion)))

    def _search(self, criterion: str) -> list[int]:
        with self._talking():
            return numbers(self._wire.ask(f"UID SEARCH {criterion}".encode()))

    def existing(self, uids: Sequence[int]) -> set[int]:
        """Say which of these are there; asked by SEARCH, for a server may refuse to FETCH what it has."""
        found: set[int] = set()
        for start in range(0, len(uids), _NUMBERS):
            found.update(self._search(f"UID {uid_set(uids[start : start + _NUMBERS])}"))
        return found & set(uids)

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """Give the flags of these messages; what is missing has left, or its flags are not to be had."""
        starts = range(0, len(uids), _NUMBERS)
        jobs = deque(Job(uids[start : start + _NUMBERS], "(UID FLAGS)") for start in starts)
        with self._talking():
            answers = list(in_flight(self._wire, jobs, self._window))
        return {uid: read_flags(row) for _job, rows in answers for uid, row in rows.items()}

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Give these messages batch by batch, about the newest first; what is missing could not be fetched.

        The next batches are fetched while one is used, and come compressed where that is worth a round trip.
        """
        if len(uids) >= _WORTH_COMPRESSING and self._window > 1:
            self._compress()
        return read_ahead(self._fetch(sorted(uids, reverse=True)), _AHEAD, self._wire.cut)

    def _compress(self) -> None:
        """Have the server compress what it sends; one on this computer would only be kept from its work."""
        if self._wire.is_compressed or is_loopback(self._account.host):
            return
        with self._talking(), suppress(RefusedError):
            if self._connection.can("COMPRESS=DEFLATE"):
                self._wire.ask(b"COMPRESS DEFLATE")
                self._wire.compress()

    def _fetch(self, newest_first: Sequence[int]) -> Iterator[list[Fetched]]:
        with self._talking():
            heads = Heads(self._wire, self._window, self._connection.can("X-GM-EXT-1"))
            yield from heads.fetch(newest_first, BATCH)

    def close(self) -> None:
        """Say goodbye; never raises."""
        self._connection.close()


def decode_name(wire: str) -> str:
    """Decode a mailbox name from modified UTF-7; one that is none (`R&D`, or raw UTF-8) stays as it is."""
    if "&" not in wire:
        return scrub(wire).replace("\n", " ")
    from imapclient.imap_utf7 import decode

    try:
        name = decode(wire.encode("ascii"))
    except (ValueError, IndexError):
        name = wire
    return scrub(name).replace("\n", " ")


def _mailbox_name(flags: Sequence[bytes], delimiter: bytes | None, name: bytes | int) -> MailboxName:
    wire = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else str(name)
    uses = frozenset(flag.decode("ascii", "replace").lower() for flag in flags)
    return MailboxName(decode_name(wire), wire, uses, (delimiter or b"").decode("ascii", "replace"))

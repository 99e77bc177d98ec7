"""A mailbox on disk as a source of mail: Maildir (mbsync, Dovecot, offlineimap) or mbox (Thunderbird, Google Takeout).

Nothing is written: no file is renamed, no lock is taken. A message on disk has no UID, so its number is a hash: of the
file's name without its flags in a Maildir, of the message itself in an mbox. Mail programs go on working meanwhile, so
a message may have moved since it was listed: then it is looked for once more.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError, MailboxMissingError
from triage.i18n import _
from triage.mail.disk_maildir import list_maildir
from triage.mail.disk_mbox import is_mbox, list_mbox, mbox_number, unquoted
from triage.mail.disk_piece import header_of, read_head, received_at
from triage.mail.disk_places import find_mailboxes
from triage.mail.message import needs_more
from triage.mail.source import HEAD_BYTES, Fetched, MailboxName, MailboxState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from triage.mail.disk_piece import Piece
    from triage.settings import AccountSettings
    from triage.store import Flags

BATCH = 500
_FURTHER_BYTES = 4_000_000  # to read when the first bytes hold no words: past a photo, not past a film


class DiskSource:
    """The mailboxes in a folder or file. Raises the children of `TriageError` only."""

    def __init__(self, account: AccountSettings) -> None:
        if account.path is None:
            raise AssertionError
        self._root = account.path.expanduser()
        self._pieces: dict[int, Piece] = {}
        self._mailbox = self._root
        with _plain_errors(self._root):
            try:
                self._root.stat()
            except (FileNotFoundError, NotADirectoryError) as error:
                raise ConfigurationError(
                    _('There is no mailbox at {path} (path of account "{account}"). Check the path.').format(
                        path=self._root, account=account.name
                    )
                ) from error

    def mailboxes(self) -> list[MailboxName]:
        """List every mailbox: the folder or file itself is INBOX, the others go by their names."""
        with _plain_errors(self._root):
            if self._root.is_dir():
                found = find_mailboxes(self._root)
            else:
                found = [MailboxName("INBOX", str(self._root))] if _is_mbox_or_empty(self._root) else []
        if not found:
            raise MailboxMissingError(
                _("{path} holds neither a Maildir (folders cur, new, tmp) nor an mbox file. Check path.").format(
                    path=self._root
                )
            )
        return found

    def examine(self, mailbox: MailboxName) -> MailboxState:
        """Read where each message of a mailbox lies."""
        self._mailbox = Path(mailbox.wire)
        self._look()
        deleted = frozenset(uid for uid, piece in self._pieces.items() if piece.flags.deleted)
        return MailboxState(1, 0, len(self._pieces), deleted)

    def _look(self) -> None:
        with _plain_errors(self._mailbox):
            self._pieces = list_maildir(self._mailbox) if self._mailbox.is_dir() else list_mbox(self._mailbox)

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        """List the numbers of the messages received on or after a day."""
        del above  # numbers on disk are in no order
        return sorted(uid for uid, piece in self._pieces.items() if since is None or _is_recent(piece, since))

    def existing(self, uids: Sequence[int]) -> set[int]:
        """Say which of these are there, whether or not they can be read."""
        return {uid for uid in uids if uid in self._pieces}

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """Give the flags of these messages; what is missing has left."""
        return {uid: self._pieces[uid].flags for uid in uids if uid in self._pieces}

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Read these messages batch by batch; what has left or cannot be read is missing."""
        for start in range(0, len(uids), BATCH):
            found = (self._fetch(uid) for uid in uids[start : start + BATCH])
            yield [fetched for fetched in found if fetched is not None]

    def _fetch(self, uid: int) -> Fetched | None:
        try:
            head = self._head(uid)
            if head is None and uid in self._pieces:
                self._look()
                head = self._head(uid)
            if head is None:
                self._pieces.pop(uid, None)
                return None
            piece = self._pieces[uid]
            source = read_head(piece, _FURTHER_BYTES) if piece.length > len(head) and needs_more(head) else head
        except OSError:
            return None
        return Fetched(
            uid=uid,
            source=unquoted(source) if piece.is_quoted else source,
            is_truncated=piece.length > len(source),
            received_at=received_at(piece, header_of(head)),
            flags=piece.flags,
            gmail_thread=piece.gmail_thread,
        )

    def _head(self, uid: int) -> bytes | None:
        """Read the first bytes of a message; None when it does not lie there any more."""
        piece = self._pieces.get(uid)
        try:
            head = read_head(piece, HEAD_BYTES) if piece else None
        except FileNotFoundError:
            return None
        is_another = piece is not None and piece.is_quoted and head is not None and mbox_number(head) != uid
        return None if is_another else head

    def close(self) -> None:
        """Forget where the messages lie."""
        self._pieces = {}


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MailboxMissingError(
            _("The mailbox {path} cannot be read: {reason}. Check that it is yours to read.").format(
                path=path, reason=error.strerror
            )
        ) from error


def _is_mbox_or_empty(path: Path) -> bool:
    return path.is_file() and (path.stat().st_size == 0 or is_mbox(path))


def _is_recent(piece: Piece, since: date) -> bool:
    """Say whether a message was received on or after a day; only where its file is recent it must be opened for that.

    mbsync makes every file a recent one on its first run.
    """
    if piece.written_at.date() < since:
        return False
    try:
        return received_at(piece, header_of(read_head(piece, HEAD_BYTES))).date() >= since
    except OSError:
        return True  # `fetch()` will see what it is about

"""The only user of sqlite3: the mirror of what the servers have, and the notes that are the owner's.

Tables named `mirror_…` may be dropped and fetched again; tables named `note_…` are migrated and never dropped, and hang
on Message-IDs. The folder is 0700 and every file in it 0600, whatever the umask.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from triage import migrations
from triage.decisions import Action, Decision
from triage.encoding import (
    case_from_text,
    case_to_text,
    entry_from_text,
    entry_to_text,
    learnt_from_text,
    learnt_to_text,
    to_moment,
    to_number,
)
from triage.errors import StoreError
from triage.i18n import N_, _
from triage.identity import new_id
from triage.model import Copy, Ending, Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from triage.cases import Case
    from triage.classify.learnt import Learnt
    from triage.forgotten import Forgotten, Memory, Remains
    from triage.model import Entry
    from triage.outcomes import Outcome

DATABASE = "triage.sqlite3"
BUSY = 30.0  # seconds to wait for another run that writes
_CACHE = 4_000  # kilobytes of the database that are kept in memory
_HARDLY_ANY = 65_536  # bytes
_AT_ONCE = 500  # parameters in one statement; SQLite allows 999 everywhere
_DAMAGED = N_(
    "The database {path} is damaged or not a database of triage. Move it aside and run triage again: the "
    "mail is fetched anew; what you decided comes back with `triage notes import FILE` if you exported it."
)
_DIRTY = "SELECT id FROM mirror_family INDEXED BY mirror_family_dirty WHERE dirty ORDER BY id"  # else it reads them all
_LISTED = "SELECT value FROM json_each(?)"
_NOBODYS, _CUSTOMERS = 1, 2  # what a glance took an undecided message for
_NO_FAMILY = 0  # in which acknowledgements to the forgotten are counted


@dataclass(frozen=True, slots=True)
class KnownMailbox:
    """What was known of a mailbox after the last sync that finished; `uidnext` is 0 before the first.

    `server_count` and `known_count` are messages within `since`: on the server, and of those in the mirror.
    """

    id: int
    account: str
    name: str
    role: Role
    uidvalidity: int = 0
    uidnext: int = 0
    exists: int = 0
    server_count: int = 0
    known_count: int = 0


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of a message that matter here."""

    answered: bool = False
    deleted: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it was fetched: its first bytes, when it was received, where it lies, and Gmail's thread."""

    source: bytes
    received_at: datetime
    copies: tuple[Copy, ...] = ()
    gmail_thread: str = ""
    is_truncated: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to keep: where it lies, what it is, and its source (the header and first bytes)."""

    uid: int
    entry: Entry
    text: str
    source: bytes
    flags: Flags
    is_ours: bool
    names: frozenset[str]
    is_truncated: bool = True  # more follows than the source holds


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """Turn what sqlite3 says into a sentence that helps."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(_sentence(error, path)) from error


def _sentence(error: sqlite3.Error, path: Path) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_FULL or _is_full(path):
            said = _("The disk is full: {path} could not be written. Make room and run triage again; nothing was lost.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            said = _("Another run is writing to {path}. Wait until it has finished and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            said = _("The database {path} cannot be written: check that the folder is yours and writable.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            said = _(_DAMAGED)
        case sqlite3.SQLITE_IOERR:
            said = _(
                "The database {path} could not be written ({reason}). Check the disk; nothing that was stored is lost."
            )
        case _other:
            said = _("The database {path} cannot be used: {reason}.")
    return said.format(path=path, reason=error)


def _is_full(path: Path) -> bool:
    """Say whether there is no room left; SQLite calls it an I/O error when its files beside the database find none."""
    try:
        return shutil.disk_usage(path.parent).free < _HARDLY_ANY
    except OSError:
        return False


def make_private(folder: Path) -> None:
    """Create the data folder, for its owner alone.

    Raises:
        StoreError: It cannot be created, is no folder, or is everybody's.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & stat.S_ISVTX:  # such as /tmp, which root could take away from everybody
            raise StoreError(
                _("The data folder {folder} is shared by everybody. Set TRIAGE_DATA_DIR to one in it.").format(
                    folder=folder
                )
            )
        folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            _(
                "The data folder {folder} cannot be used: {reason}. Set TRIAGE_DATA_DIR to a folder that is yours."
            ).format(folder=folder, reason=error.strerror)
        ) from error


class Store:
    """One open database. Use it as a context manager; every write happens in `transaction()`."""

    def __init__(self, folder: Path) -> None:
        make_private(folder)
        self.path = folder / DATABASE
        with _plain_errors(self.path):
            self._create_private()
            self._db = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten at once
        self._db.execute(f"PRAGMA cache_size = -{_CACHE}")
        migrations.migrate(self._db)

    def _create_private(self) -> None:
        """Create the file 0600 before SQLite does; its -wal and -shm take over the mode of the database."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            if self.path.stat().st_mode & 0o177:
                self.path.chmod(0o600)
        except OSError as error:
            raise StoreError(
                _(
                    "The database {path} cannot be opened: {reason}. Check that the folder is yours and writable."
                ).format(path=self.path, reason=error.strerror)
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing."""
        with _plain_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")  # on a full disk it fails, and leaves the transaction open
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with _plain_errors(self.path):
            return self._db.execute(statement, values).fetchall()

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._db.execute(statement, values)

    # -- mailboxes ------------------------------------------------

    def mailbox(self, account: str, name: str, role: Role) -> KnownMailbox:
        """Give what is known of a mailbox, which is noted down when it is new. Call it in a transaction."""
        self._run(
            "INSERT INTO mirror_mailbox (account, name, role) VALUES (?, ?, ?)"
            " ON CONFLICT (account, name) DO UPDATE SET role = excluded.role",
            account, name, role,
        )  # fmt: skip
        return next(known for known in self.mailboxes() if (known.account, known.name) == (account, name))

    def mailboxes(self) -> list[KnownMailbox]:
        """Give all mailboxes, in the order in which they were first seen."""
        rows = self._query(
            "SELECT id, account, name, role, uidvalidity, uidnext, present, server_count, known_count"
            " FROM mirror_mailbox ORDER BY id"
        )
        return [KnownMailbox(row[0], row[1], row[2], Role(str(row[3])), *row[4:]) for row in rows]  # type: ignore[arg-type]

    def save_mailbox(self, known: KnownMailbox) -> None:
        """Keep what a sync that finished found out."""
        self._run(
            "UPDATE mirror_mailbox SET uidvalidity = ?, uidnext = ?, present = ?, server_count = ?, known_count = ?"
            " WHERE id = ?",
            known.uidvalidity, known.uidnext, known.exists, known.server_count, known.known_count, known.id,
        )  # fmt: skip

    def renew_mailbox(self, known: KnownMailbox, uidvalidity: int) -> KnownMailbox:
        """Forget the numbers of a mailbox whose UIDVALIDITY changed; its messages and their notes stay.

        Each copy keeps lying there under no number until it is found again, or found to be missing.
        """
        self._run("UPDATE mirror_copy SET uid = -rowid WHERE mailbox = ? AND uid > 0", known.id)
        self.forget_postponed(known.id)
        self._run("DELETE FROM mirror_forgotten WHERE mailbox = ?", known.id)
        renewed = replace(known, uidvalidity=uidvalidity, uidnext=0, exists=0, server_count=0, known_count=0)
        self.save_mailbox(renewed)
        return renewed

    def forget_mailboxes(self, account: str, keep: Collection[str]) -> None:
        """Take mailboxes that are no longer watched out of the mirror: what lay there has left."""
        for known in self.mailboxes():
            if known.account == account and known.name not in keep:
                self.mark_gone(known.id, [uid for uid, _ in self.copies(known.id)])
                self._run("UPDATE mirror_mailbox SET uidnext = 0 WHERE id = ?", known.id)

    # -- messages ------------------------------------------------

    def copies(self, mailbox: int) -> list[tuple[int, bool]]:
        """Give the UID of each copy known in a mailbox, and whether it still lies there; forgotten mails lie there."""
        rows = self._query(
            "SELECT uid, present FROM mirror_copy WHERE mailbox = ?"
            " UNION ALL SELECT uid, 1 FROM mirror_forgotten WHERE mailbox = ?",
            mailbox, mailbox,
        )  # fmt: skip
        return [(int(str(uid)), bool(present)) for uid, present in rows]

    def flags_to_refresh(self, mailbox: int) -> list[int]:
        """Give the UIDs whose flags may change what is listed: those of questions that are open or nearly so."""
        rows = self._query(
            "SELECT uid FROM mirror_message CROSS JOIN mirror_copy ON mirror_message.id = message"
            # The plus keeps SQLite from walking through the whole mailbox for each of them.
            " WHERE refresh AND +mailbox = ? AND present AND uid > 0 ORDER BY uid",
            mailbox,
        )
        return [int(str(row[0])) for row in rows]

    def deleted_uids(self, mailbox: int) -> set[int]:
        """Give the UIDs that are known to be marked as deleted."""
        rows = self._query("SELECT uid FROM mirror_copy WHERE mailbox = ? AND deleted AND present AND uid > 0", mailbox)
        return {int(str(row[0])) for row in rows}

    def knows_any(self, mailbox: int, uids: Iterable[int]) -> bool:
        """Say whether any of these is known in a mailbox already."""
        known = (
            "SELECT 1 FROM mirror_copy WHERE mailbox = ?1 AND uid = ?2"
            " UNION ALL SELECT 1 FROM mirror_forgotten WHERE mailbox = ?1 AND uid = ?2"
        )
        return any(self._query(known, mailbox, uid) for uid in uids)

    def add(self, mailbox: KnownMailbox, arrivals: Iterable[Arrival]) -> None:
        """Keep messages that came in; one that is known already gets a further copy, one of the forgotten none."""
        memory = self.memory()
        for arrival in arrivals:
            remains = memory.remains(arrival.entry, arrival.text, arrival.source, is_ours=arrival.is_ours)
            if remains is None:
                self._pass_by(mailbox.id, arrival.uid)
                continue
            message = self._add_message(mailbox, _cut(arrival, remains) if remains.cut else arrival)
            self._run(
                "INSERT OR REPLACE INTO mirror_copy (mailbox, uid, message, present, answered, deleted, draft)"
                " VALUES (?, ?, ?, 1, ?, ?, ?)",
                mailbox.id, arrival.uid, message, arrival.flags.answered, arrival.flags.deleted, arrival.flags.draft,
            )  # fmt: skip

    def _add_message(self, mailbox: KnownMailbox, arrival: Arrival) -> int:
        entry = arrival.entry
        received_at = to_number(entry.received_at)
        family = self._family(arrival.names)
        known = self._run("SELECT id, received_at FROM mirror_message WHERE key = ?", entry.key).fetchone()
        if known is not None:
            if received_at < known[1]:  # a copy that arrived earlier: the clock starts there
                self._run("UPDATE mirror_message SET received_at = ? WHERE id = ?", received_at, known[0])
            # A renewed mailbox (UIDVALIDITY) finds its copies again here.
            self._run("DELETE FROM mirror_copy WHERE mailbox = ? AND message = ? AND uid < 0", mailbox.id, known[0])
            return int(known[0])
        cursor = self._run(
            "INSERT INTO mirror_message"
            " (key, message_id, received_at, family, is_ours, entry, text, source, is_truncated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            entry.key, entry.message_id, received_at, family, arrival.is_ours, entry_to_text(entry), arrival.text,
            _packed(arrival.source), arrival.is_truncated,
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def _family(self, names: frozenset[str]) -> int:
        """Find or make the family that all these names tie together, merging those that were apart until now."""
        known: dict[str, int] = {}
        for some in _chunks(sorted(names)):
            marks = ",".join("?" * len(some))
            known.update(self._run(f"SELECT name, family FROM mirror_name WHERE name IN ({marks})", *some))
        if families := set(known.values()):
            family = min(families)
            for other in families - {family}:
                self._merge_families(other, family)
            self._run("UPDATE mirror_family SET dirty = 1 WHERE id = ? AND NOT dirty", family)
        else:
            family = int(self._run("INSERT INTO mirror_family (dirty) VALUES (1)").lastrowid or 0)
        self._db.executemany(
            "INSERT INTO mirror_name (name, family) VALUES (?, ?)", ((name, family) for name in names - known.keys())
        )
        return family

    def _merge_families(self, old: int, new: int) -> None:
        for table in ("mirror_name", "mirror_message", "mirror_conversation", "mirror_acknowledged"):
            self._run(f"UPDATE OR REPLACE {table} SET family = ? WHERE family = ?", new, old)
        self._run("DELETE FROM mirror_family WHERE id = ?", old)

    def mark_gone(self, mailbox: int, uids: Iterable[int]) -> None:
        """Note that these left the mailbox (moved, archived or expunged); the messages stay known."""
        for uid in uids:
            self._set(mailbox, uid, "present = 0")
            self._run("DELETE FROM mirror_forgotten WHERE mailbox = ? AND uid = ?", mailbox, uid)

    def mark_present(self, mailbox: int, uids: Iterable[int]) -> None:
        """Note that these lie in the mailbox after all."""
        for uid in uids:
            self._set(mailbox, uid, "present = 1")

    def save_flags(self, mailbox: int, flags: Iterable[tuple[int, Flags]]) -> None:
        """Keep the flags as the server has them now."""
        for uid, flag in flags:
            self._set(
                mailbox, uid,
                f"answered = {flag.answered:d}, deleted = {flag.deleted:d}, draft = {flag.draft:d}",
            )  # fmt: skip

    def _set(self, mailbox: int, uid: int, assignments: str) -> None:
        changed = assignments.replace(", ", " AND ")
        cursor = self._run(
            f"UPDATE mirror_copy SET {assignments} WHERE mailbox = ? AND uid = ? AND NOT ({changed})",
            mailbox, uid,
        )  # fmt: skip
        if cursor.rowcount:
            self._run(
                "UPDATE mirror_family SET dirty = 1 WHERE id ="
                " (SELECT family FROM mirror_copy JOIN mirror_message ON mirror_message.id = message"
                " WHERE mailbox = ? AND uid = ?)",
                mailbox, uid,
            )  # fmt: skip

    def postpone(self, mailbox: int, uids: Iterable[int]) -> None:
        """Remember what could not be fetched, for the next run."""
        rows = ((mailbox, uid) for uid in uids)
        self._db.executemany("INSERT OR IGNORE INTO mirror_postponed (mailbox, uid) VALUES (?, ?)", rows)

    def postponed(self, mailbox: int) -> set[int]:
        """Give the UIDs that earlier runs could not fetch."""
        rows = self._query("SELECT uid FROM mirror_postponed WHERE mailbox = ?", mailbox)
        return {int(str(row[0])) for row in rows}

    def forget_postponed(self, mailbox: int) -> None:
        """Begin anew with what could not be fetched."""
        self._run("DELETE FROM mirror_postponed WHERE mailbox = ?", mailbox)

    def forget_lost(self, mailbox: int, since: date) -> None:
        """Note as gone what a renewed mailbox no longer holds, as far as it was looked through."""
        midnight = to_number(datetime(since.year, since.month, since.day, tzinfo=UTC))
        rows = self._query(
            "SELECT uid FROM mirror_copy JOIN mirror_message ON mirror_message.id = message"
            " WHERE mailbox = ? AND uid < 0 AND received_at >= ?",
            mailbox, midnight,
        )  # fmt: skip
        self.mark_gone(mailbox, [int(str(row[0])) for row in rows])

    # -- families and conversations ------------------------------------------------

    def dirty_families(self) -> list[int]:
        """Give the families whose conversations are to be built again."""
        return [int(str(row[0])) for row in self._query(_DIRTY)]

    def entries(self, family: int | None = None, until: datetime | None = None) -> list[Entry]:
        """Give the entries of one family, or of all, with the copies of each; `until` leaves later ones out."""
        return [entry for _, entry in self._entries(*_entry_filter(family, until))]

    def entries_of(self, families: Sequence[int]) -> dict[int, list[Entry]]:
        """Give the entries of each of these families."""
        found: dict[int, list[Entry]] = {family: [] for family in families}
        for family, entry in self._entries(f"family IN ({_LISTED})", [_listed(families)]):
            found[family].append(entry)
        return found

    def _entries(self, where: str, values: Sequence[object]) -> Iterator[tuple[int, Entry]]:
        rows = self._query(
            f"SELECT family, id, entry, key, message_id, received_at FROM mirror_message WHERE {where}", *values
        )
        copies = self._copies_of(where, values)
        for family, number, text, key, message_id, received in rows:
            places = tuple(copies.get(number, ()))
            entry = entry_from_text(str(text), str(key), str(message_id), int(str(received)), places)
            yield int(str(family)), entry

    def _copies_of(self, where: str, values: Sequence[object]) -> dict[object, list[Copy]]:
        rows = self._query(
            "SELECT message, account, name, role, copy.present, answered, deleted, draft"
            " FROM mirror_copy copy JOIN mirror_mailbox ON mirror_mailbox.id = mailbox"
            f" WHERE message IN (SELECT id FROM mirror_message WHERE {where}) ORDER BY mailbox, uid",
            *values,
        )
        copies: dict[object, list[Copy]] = {}
        for message, account, name, role, *flags in rows:
            copy = Copy(str(account), str(name), Role(str(role)), *map(bool, flags))
            copies.setdefault(message, []).append(copy)
        return copies

    def save_conversations(
        self,
        built: Mapping[int, Iterable[tuple[Case, tuple[str, ...]]]],
        unsettled: Iterable[str],
        undecided: Mapping[str, bool] | None = None,
    ) -> None:
        """Replace the conversations of families; each keeps the ID that one of its messages was given first.

        Each comes with the Message-IDs in it, that of the first message first. `unsettled` are the keys of messages
        whose flags are to be asked for at every sync, `undecided` of those that the network is to read, those of
        customers before the others. Call it in a transaction.
        """
        families = _listed(built)
        self._run(f"DELETE FROM mirror_conversation WHERE family IN ({_LISTED})", families)
        anchors = self._anchors(name for cases in built.values() for _, names in cases for name in names)
        for family, cases in built.items():
            for case, message_ids in cases:
                self._run(
                    "INSERT INTO mirror_conversation (id, family, account, is_open, received_at, content)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    self._free_identity(message_ids, anchors), family, case.account, case.is_open,
                    to_number(case.received_at), case_to_text(case),
                )  # fmt: skip
        ranked = {key: _CUSTOMERS if is_customers else _NOBODYS for key, is_customers in (undecided or {}).items()}
        for column, values in (("refresh", dict.fromkeys(unsettled, 1)), ("undecided", ranked)):
            self._run(f"UPDATE mirror_message SET {column} = 0 WHERE {column} AND family IN ({_LISTED})", families)
            pairs = ((value, key) for key, value in values.items())
            self._db.executemany(f"UPDATE mirror_message SET {column} = ? WHERE key = ?", pairs)
        self._run(f"UPDATE mirror_family SET dirty = 0 WHERE id IN ({_LISTED})", families)

    def _free_identity(self, message_ids: tuple[str, ...], anchors: Mapping[str, list[tuple[int, str]]]) -> str:
        for identity in _oldest_first(message_ids, anchors):
            if not self._run("SELECT 1 FROM mirror_conversation WHERE id = ?", identity).fetchone():
                return identity
        for identity in new_id(message_ids[0]):
            given = "INSERT OR IGNORE INTO note_anchor (id, message_id) VALUES (?, ?)"
            if self._run(given, identity, message_ids[0]).rowcount:
                return identity
        raise AssertionError  # new_id never ends

    def _anchors(self, message_ids: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
        """Give the IDs that were given to conversations with these messages, each with its place among all."""
        found: dict[str, list[tuple[int, str]]] = {}
        for some in _chunks(sorted(set(message_ids))):
            marks = ",".join("?" * len(some))
            rows = self._query(f"SELECT message_id, rowid, id FROM note_anchor WHERE message_id IN ({marks})", *some)
            for message_id, place, identity in rows:
                found.setdefault(str(message_id), []).append((int(str(place)), str(identity)))
        return found

    def identity(self, message_ids: tuple[str, ...], taken: Collection[str] = ()) -> str:
        """Give the ID of the conversation with these messages, the first one first; none that is `taken`.

        Two mails may claim one Message-ID, so two conversations may have a right to one ID: the first one gets it.
        """
        given = _oldest_first(message_ids, self._anchors(message_ids))
        known = (identity for identity in given if identity not in taken)
        return next(known, None) or next(name for name in new_id(message_ids[0]) if name not in taken)

    def open_cases(self) -> list[Case]:
        """Give the conversations in which a customer waits."""
        return self._cases("is_open")

    def all_cases(self) -> Iterator[Case]:
        """Give every conversation, one at a time: those in which a customer waits first, then the newest first."""
        with _plain_errors(self.path):
            for content, identity in self._run(
                "SELECT content, id FROM mirror_conversation ORDER BY is_open DESC, received_at DESC, id"
            ):
                yield case_from_text(content, identity)

    def _cases(self, where: str, *values: object) -> list[Case]:
        rows = self._query(f"SELECT content, id FROM mirror_conversation WHERE {where}", *values)
        return [case_from_text(str(content), str(identity)) for content, identity in rows]

    def matching(self, prefix: str, at_most: int = 10) -> list[tuple[str, int]]:
        """Give the conversations whose ID begins like this, with the family of each; an exact match alone."""
        pattern = prefix.replace("*", "").replace("?", "").replace("[", "") + "*"
        rows = self._query(
            "SELECT id, family FROM mirror_conversation WHERE id GLOB ? ORDER BY id LIMIT ?", pattern, at_most
        )
        found = [(str(identity), int(str(family))) for identity, family in rows]
        return [match for match in found if match[0] == prefix] or found

    def anchored(self, identity: str) -> list[tuple[str, int]]:
        """Give the message on which an ID was hung once, by Message-ID, and the family in which it is now."""
        rows = self._query(
            "SELECT note_anchor.message_id, family FROM note_anchor"
            " JOIN mirror_message ON mirror_message.message_id = note_anchor.message_id WHERE note_anchor.id = ?",
            identity,
        )
        return [(str(message_id), int(str(family))) for message_id, family in rows]

    def case(self, identity: str) -> Case | None:
        """Give one conversation."""
        return next(iter(self._cases("id = ?", identity)), None)

    def words(self, keys: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """Give the text and the source of messages, by key; both are empty where they were purged."""
        found: dict[str, tuple[str, bytes]] = {}
        for some in _chunks(list(keys)):
            marks = ",".join("?" * len(some))
            rows = self._query(f"SELECT key, text, source FROM mirror_message WHERE key IN ({marks})", *some)
            found.update((str(key), (str(text), _unpacked(source))) for key, text, source in rows)
        return found

    # -- what the network read ------------------------------------------------

    def to_read(self, weights: str, at_most: int, *, is_customers: bool) -> list[int]:
        """Give undecided messages that these weights have not read, by number, the newest first.

        Either those that a glance took for a customer's, or the others.
        """
        rows = self._query(
            "SELECT id FROM mirror_message LEFT JOIN mirror_learnt ON message = id"
            " WHERE undecided AND undecided = ? AND length(source) AND (weights IS NULL OR weights <> ?)"
            " ORDER BY received_at DESC, id LIMIT ?",
            _CUSTOMERS if is_customers else _NOBODYS, weights, at_most,
        )  # fmt: skip
        return [int(str(row[0])) for row in rows]

    def unread_keys(self, weights: str) -> set[str]:
        """Give the keys of all undecided messages that these weights have not read."""
        rows = self._query(
            "SELECT key FROM mirror_message LEFT JOIN mirror_learnt ON message = id"
            " WHERE undecided AND length(source) AND (weights IS NULL OR weights <> ?)",
            weights,
        )
        return {str(row[0]) for row in rows}

    def undecided(self, at_most: int) -> list[int]:
        """Give the messages because of which somebody may wait, by number, the newest first."""
        rows = self._query(
            "SELECT id FROM mirror_message WHERE undecided AND length(source) ORDER BY received_at DESC, id LIMIT ?",
            at_most,
        )
        return [int(str(row[0])) for row in rows]

    def save_learnt(self, number: int, learnt: Learnt | None, weights: str) -> None:
        """Keep what the network read in a message, None where rules decide. Call it in a transaction."""
        self._run(
            "INSERT OR REPLACE INTO mirror_learnt (message, weights, content) VALUES (?, ?, ?)",
            number, weights, learnt_to_text(learnt),
        )  # fmt: skip

    def learnt_of(self, key: str) -> Learnt | None:
        """Give what the network read in a message, by its key."""
        rows = self._query("SELECT id FROM mirror_message WHERE key = ?", key)
        return self.learnt(int(str(rows[0][0]))) if rows else None

    def learnt(self, number: int) -> Learnt | None:
        """Give what the network read in a message; None where it did not."""
        rows = self._query("SELECT content FROM mirror_learnt WHERE message = ?", number)
        return learnt_from_text(str(rows[0][0])) if rows else None

    # -- what the owner decided ------------------------------------------------

    def save_decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep decisions, and have the conversations that they speak of built anew. Call it in a transaction."""
        for decision in decisions:
            self._run(
                "INSERT INTO note_decision"
                " (made_at, action, message_id, mail, conversation, account, value, words, undone_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                to_number(decision.made_at), decision.action, decision.message_id, decision.mail,
                decision.conversation_id, decision.account, decision.value, "\n".join(sorted(decision.words)),
                None if decision.undone_at is None else to_number(decision.undone_at),
            )  # fmt: skip
            self._touch(decision.mail)

    def undo_decisions(self, made_at: datetime, now: datetime) -> None:
        """Take back the decisions that were made together at a moment; the log keeps them. Call it in a transaction."""
        number = to_number(made_at)
        for (mail,) in self._query("SELECT mail FROM note_decision WHERE made_at = ?", number):
            self._touch(str(mail))
        self._run("UPDATE note_decision SET undone_at = ? WHERE made_at = ?", to_number(now), number)

    def _touch(self, key: str) -> None:
        self._run(
            "UPDATE mirror_family SET dirty = 1 WHERE id IN (SELECT family FROM mirror_message WHERE key = ?)", key
        )

    def decisions(self, at: datetime | None = None, *, undone: bool = False) -> list[Decision]:
        """Give what the owner decided and holds, now or at a moment, oldest first; `undone` what was taken back too."""
        return [decision for _, decision in self._decisions() if undone or decision.holds_at(at)]

    def _decisions(self) -> list[tuple[int, Decision]]:
        rows = self._query(
            "SELECT id, action, made_at, message_id, mail, conversation, account, value, words, undone_at"
            " FROM note_decision ORDER BY made_at, id"
        )
        return [
            (int(str(number)), Decision(
                Action(str(action)), _moment(made_at), str(message_id), str(conversation), str(account), str(value),
                frozenset(str(words).split("\n")) - {""}, None if undone_at is None else _moment(undone_at), str(mail),
            ))
            for number, action, made_at, message_id, mail, conversation, account, value, words, undone_at in rows
        ]  # fmt: skip

    # -- outcomes of rounds ------------------------------------------------

    def save_outcomes(self, outcomes: Iterable[Outcome], message_ids: Iterable[str]) -> None:
        """Record how rounds ended, each once: the target that held when it ended stays, whatever it is now.

        `message_ids` are all in the conversations at hand: a round among them that is open again (its answer bounced)
        has no outcome. Call it in a transaction.
        """
        known: dict[str, str] = {}
        for some in _chunks(sorted(set(message_ids))):
            marks = ",".join("?" * len(some))
            rows = self._run(f"SELECT question_id, target FROM note_outcome WHERE question_id IN ({marks})", *some)
            known.update((row[0], row[1]) for row in rows)
        ended = {outcome.question_id: outcome for outcome in outcomes}
        for question_id in known.keys() - ended.keys():
            self._run("DELETE FROM note_outcome WHERE question_id = ?", question_id)
        for outcome in ended.values():
            held = next((known[name] for name in outcome.question_ids if name in known), outcome.target)
            self._put_outcome(outcome, held)

    def _put_outcome(self, outcome: Outcome, target: str) -> None:
        ended_at = to_number(outcome.ended_at) if outcome.ended_at else None
        self._run(
            "INSERT OR REPLACE INTO note_outcome (question_id, account, kind, since, ended_at, ending, target)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            outcome.question_id, outcome.account, outcome.kind, to_number(outcome.since), ended_at, outcome.ending,
            target,
        )  # fmt: skip

    def held_targets(self) -> dict[str, str]:
        """Give the target that held for each round that ended, by the Message-ID that opened it."""
        rows = self._query("SELECT question_id, target FROM note_outcome")
        return {str(question_id): str(target) for question_id, target in rows}

    def outcomes(self) -> list[Outcome]:
        """Give how every round ended, the oldest first."""
        from triage.outcomes import Outcome

        rows = self._query(
            "SELECT question_id, account, kind, since, ended_at, ending, target"
            " FROM note_outcome ORDER BY since, question_id"
        )
        return [
            Outcome(
                (str(question_id),), str(account), Kind(str(kind)), _moment(since),
                None if ended_at is None else _moment(ended_at), Ending(str(ending)), str(target),
            )
            for question_id, account, kind, since, ended_at, ending, target in rows
        ]  # fmt: skip

    # -- acknowledgements by a machine ------------------------------------------------

    def save_acknowledged(self, pairs: Mapping[int, Collection[tuple[str, str]]]) -> None:
        """Keep which texts reached which customers at once in families; mark others in which a text became bulk."""
        families = _listed(pairs)
        rows = self._query(f"SELECT fingerprint FROM mirror_acknowledged WHERE family IN ({_LISTED})", families)
        texts = {str(row[0]) for row in rows} | {text for each in pairs.values() for text, _ in each}
        before = self.bulk(texts, and_family=False)
        self._run(f"DELETE FROM mirror_acknowledged WHERE family IN ({_LISTED})", families)
        self._db.executemany(
            "INSERT OR IGNORE INTO mirror_acknowledged (fingerprint, customer, family) VALUES (?, ?, ?)",
            ((text, customer, family) for family, each in pairs.items() for text, customer in each),
        )
        for text in before ^ self.bulk(texts, and_family=False):
            self._run(
                "UPDATE mirror_family SET dirty = 1 WHERE id IN"
                f" (SELECT family FROM mirror_acknowledged WHERE fingerprint = ?) AND id NOT IN ({_LISTED})",
                text, families,
            )  # fmt: skip

    def bulk(self, fingerprints: Collection[str] = (), *, and_family: bool = True, enough: int = 3) -> frozenset[str]:
        """Give the fingerprints that reached three customers or more, among these or (by default) among all."""
        if and_family:
            rows = self._query(
                "SELECT fingerprint FROM mirror_acknowledged GROUP BY fingerprint HAVING count(DISTINCT customer) >= ?",
                enough,
            )
            return frozenset(str(row[0]) for row in rows)
        found: set[str] = set()
        for some in _chunks(sorted(fingerprints)):
            marks = ",".join("?" * len(some))
            rows = self._query(
                f"SELECT fingerprint FROM mirror_acknowledged WHERE fingerprint IN ({marks})"
                " GROUP BY fingerprint HAVING count(DISTINCT customer) >= ?",
                *some, enough,
            )  # fmt: skip
            found.update(str(row[0]) for row in rows)
        return frozenset(found)

    # -- runs, what the mirror was made with, holidays ------------------------------------------------

    def save_run(self, account: str, finished_at: datetime) -> None:
        """Note that an account was fetched completely."""
        moment = to_number(finished_at)
        self._run(
            "INSERT INTO mirror_run (account, first_at, last_at, runs) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (account) DO UPDATE SET last_at = excluded.last_at, runs = runs + 1",
            account, moment, moment,
        )  # fmt: skip

    def runs(self) -> dict[str, tuple[datetime, datetime, int]]:
        """Give, per account, the first and the last sync that succeeded, and how many did."""
        rows = self._query("SELECT account, first_at, last_at, runs FROM mirror_run")
        return {str(row[0]): (_moment(row[1]), _moment(row[2]), int(str(row[3]))) for row in rows}

    def signature(self) -> str:
        """Give what the mirror was derived with: versions of reader and classifier, our addresses, the rules."""
        rows = self._query("SELECT value FROM mirror_meta WHERE name = 'signature'")
        return str(rows[0][0]) if rows else ""

    def save_signature(self, signature: str) -> None:
        """Note what the mirror is derived with from now on."""
        self._run("INSERT OR REPLACE INTO mirror_meta (name, value) VALUES ('signature', ?)", signature)

    def accounts(self) -> str:
        """Give the accounts for which the conversations were built."""
        rows = self._query("SELECT value FROM mirror_meta WHERE name = 'accounts'")
        return str(rows[0][0]) if rows else ""

    def save_accounts(self, accounts: str) -> None:
        """Note for which accounts conversations are built from now on, and have all of them built anew."""
        self._run("INSERT OR REPLACE INTO mirror_meta (name, value) VALUES ('accounts', ?)", accounts)
        self._run("UPDATE mirror_family SET dirty = 1")

    def sources(self) -> Iterator[tuple[int, Stored]]:
        """Give every message that has a source, with what else was known when it came in."""
        for (number,) in self._query("SELECT id FROM mirror_message ORDER BY id"):
            if (stored := self.stored(int(str(number)))) is not None:  # else `derive()` took it for a copy of another
                yield int(str(number)), stored

    def source_of(self, key: str) -> Stored | None:
        """Give a message by its key; None where the mirror no longer has it, or its source was purged."""
        rows = self._query("SELECT id FROM mirror_message WHERE key = ?", key)
        return self.stored(int(str(rows[0][0]))) if rows else None

    def source_named(self, message_id: str, received_at: datetime) -> Stored | None:
        """Give a message by its Message-ID; of several that claim it the one received at that moment."""
        rows = self._query(
            "SELECT id FROM mirror_message WHERE message_id = ? ORDER BY received_at <> ? LIMIT 1",
            message_id, to_number(received_at),
        )  # fmt: skip
        return self.stored(int(str(rows[0][0]))) if rows else None

    def stored(self, number: int) -> Stored | None:
        """Give one message as it was fetched; None where its source was purged."""
        rows = self._query(
            "SELECT source, received_at, json_extract(entry, '$.gmail_thread'), is_truncated"
            " FROM mirror_message WHERE id = ?",
            number,
        )
        copies = tuple(self._copies_of("id = ?", [number]).get(number, ()))
        for source, received, thread, is_truncated in rows:
            if words := _unpacked(source):
                return Stored(words, _moment(received), copies, str(thread or ""), bool(is_truncated))
        return None

    def forget_families(self) -> None:
        """Take apart what ties messages together, before every message is derived again."""
        for table in ("mirror_name", "mirror_conversation", "mirror_family"):
            self._run(f"DELETE FROM {table}")
        self._run("DELETE FROM mirror_acknowledged WHERE family <> ?", _NO_FAMILY)

    def derive(self, number: int, arrival: Arrival) -> None:
        """Replace what was read from a stored message by what is read from it now; one that is gone stays gone."""
        if not self._query("SELECT 1 FROM mirror_message WHERE id = ?", number):
            return  # another that was read again is the same mail, and has its copies
        family = self._family(arrival.names)
        self._take_over(number, arrival.entry.key)
        self._run(
            "UPDATE OR REPLACE mirror_message SET key = ?, message_id = ?, family = ?, is_ours = ?, entry = ?, text = ?"
            " WHERE id = ?",
            arrival.entry.key, arrival.entry.message_id, family, arrival.is_ours, entry_to_text(arrival.entry),
            arrival.text, number,
        )  # fmt: skip

    def _take_over(self, number: int, key: str) -> None:
        """Let a message have the copies of another that is seen to be the same now, and its receipt if earlier."""
        for other, received in self._query(
            "SELECT id, received_at FROM mirror_message WHERE key = ? AND id <> ?", key, number
        ):
            self._run("UPDATE mirror_copy SET message = ? WHERE message = ?", number, other)
            self._run("UPDATE mirror_message SET received_at = min(received_at, ?) WHERE id = ?", received, number)

    def holidays(self, code: str, years: Iterable[int]) -> dict[int, frozenset[date]]:
        """Give the holidays that were looked up before, for the years that are known."""
        wanted = tuple(years)
        marks = ",".join("?" * len(wanted))
        rows = self._query(
            f"SELECT year, days FROM mirror_holiday WHERE code = ? AND year IN ({marks})",
            code, *wanted,
        )  # fmt: skip
        return {int(str(year)): frozenset(map(date.fromisoformat, str(days).split())) for year, days in rows}

    def save_holidays(self, code: str, days_by_year: dict[int, frozenset[date]]) -> None:
        """Keep holidays, so that the next start need not look them up."""
        self._db.executemany(
            "INSERT OR REPLACE INTO mirror_holiday (code, year, days) VALUES (?, ?, ?)",
            ((code, year, " ".join(str(day) for day in sorted(days))) for year, days in days_by_year.items()),
        )

    # -- words that go, and customers that are forgotten ------------------------------------------------

    def families(self, keys: Collection[str]) -> set[int]:
        """Give the families in which messages are, by their keys."""
        found: set[int] = set()
        for some in _chunks(sorted(keys)):
            marks = ",".join("?" * len(some))
            rows = self._query(f"SELECT DISTINCT family FROM mirror_message WHERE key IN ({marks})", *some)
            found.update(int(str(row[0])) for row in rows)
        return found

    def words_kept(self, keys: Collection[str]) -> dict[str, int]:
        """Give those of these messages whose words or sources are stored, each with how many bytes they take."""
        found: dict[str, int] = {}
        for some in _chunks(sorted(keys)):
            marks = ",".join("?" * len(some))
            rows = self._query(
                "SELECT key, length(source) + length(CAST(text AS BLOB)) AS size FROM mirror_message"
                f" WHERE key IN ({marks}) AND size",
                *some,
            )
            found.update((str(key), int(str(size))) for key, size in rows)
        return found

    def bare_entries(self) -> list[Entry]:
        """Give the entries whose source was purged: there is nothing else to derive them from."""
        bare = {str(row[0]) for row in self._query("SELECT key FROM mirror_message WHERE NOT length(source)")}
        return [entry for entry in self.entries() if entry.key in bare] if bare else []

    def lay_bare(self, entry: Entry, text: str = "") -> None:
        """Keep of a message no more than its entry and a text: no source, nor what was read in it.

        Call it in a transaction.
        """
        self._touch(entry.key)
        self._run("DELETE FROM mirror_learnt WHERE message IN (SELECT id FROM mirror_message WHERE key = ?)", entry.key)
        self._run(
            "UPDATE mirror_message SET entry = ?, text = ?, source = x'' WHERE key = ?",
            entry_to_text(entry), text, entry.key,
        )  # fmt: skip

    def take_out(self, keys: Iterable[str]) -> None:
        """Take messages out; what lies on the server is known by its number alone. Call it in a transaction."""
        for key in keys:
            for mailbox, uid in self._query(
                "SELECT mailbox, uid FROM mirror_copy JOIN mirror_message ON mirror_message.id = message"
                " WHERE key = ? AND mirror_copy.present AND uid > 0",
                key,
            ):
                self._pass_by(int(str(mailbox)), int(str(uid)))
            self._run("DELETE FROM mirror_message WHERE key = ?", key)

    def _pass_by(self, mailbox: int, uid: int) -> None:
        self._run("INSERT OR IGNORE INTO mirror_forgotten (mailbox, uid) VALUES (?, ?)", mailbox, uid)

    def take_apart(self, families: Iterable[int]) -> None:
        """Take apart what ties the messages of families together; `regroup()` each of them afterwards."""
        for family in families:
            for table in ("mirror_name", "mirror_conversation", "mirror_acknowledged"):
                self._run(f"DELETE FROM {table} WHERE family = ?", family)
            self._run("DELETE FROM mirror_family WHERE id = ?", family)

    def regroup(self, key: str, names: frozenset[str], *, is_ours: bool) -> None:
        """Find the family of a message anew."""
        family = self._family(names)
        self._run("UPDATE mirror_message SET family = ?, is_ours = ? WHERE key = ?", family, is_ours, key)

    def keep_bulk(self, customers: Collection[str]) -> None:
        """Let texts that a machine sends stay known as such without those customers."""
        rows = self._query("SELECT fingerprint, customer FROM mirror_acknowledged")
        bulk = self.bulk()
        for fingerprint, customer in rows:
            if customer in customers and fingerprint in bulk:
                self._run(
                    "INSERT INTO mirror_acknowledged (fingerprint, customer, family) VALUES (?, ?, ?)",
                    fingerprint, f"forgotten {os.urandom(8).hex()}", _NO_FAMILY,
                )  # fmt: skip

    def forget_notes(self, message_ids: Collection[str], mails: Collection[str]) -> None:
        """Delete what was noted about mails: decisions, IDs and outcomes. Call it in a transaction."""
        for message_id in message_ids:
            self._run("DELETE FROM note_anchor WHERE message_id = ?", message_id)
            self._run("DELETE FROM note_outcome WHERE question_id = ?", message_id)
        for mail in mails:
            self._run("DELETE FROM note_decision WHERE mail = ?", mail)

    def rewrite_decisions(self, rewrite: Callable[[Decision], Decision]) -> None:
        """Change the texts and words in decisions. Call it in a transaction."""
        for number, decision in self._decisions():
            changed = rewrite(decision)
            if changed != decision:
                self._run(
                    "UPDATE note_decision SET value = ?, words = ? WHERE id = ?",
                    changed.value, "\n".join(sorted(changed.words)), number,
                )  # fmt: skip
                self._touch(decision.mail)

    def forgotten(self) -> list[Forgotten]:
        """Give who is forgotten, as far as that can be told."""
        from triage.forgotten import Forgotten

        rows = self._query("SELECT hash, salt, until FROM note_forgotten ORDER BY hash")
        return [Forgotten(str(hashed), str(salt), _moment(until)) for hashed, salt, until in rows]

    def memory(self) -> Memory:
        """Give what knows the forgotten when it sees them."""
        from triage.forgotten import Memory

        return Memory(self.forgotten())

    def save_forgotten(self, forgotten: Iterable[Forgotten]) -> None:
        """Note who is forgotten; of two moments the later holds. Call it in a transaction."""
        self._db.executemany(
            "INSERT INTO note_forgotten (hash, salt, until) VALUES (?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET until = max(until, excluded.until)",
            ((each.hash, each.salt, to_number(each.until)) for each in forgotten),
        )

    def size(self) -> int:
        """Give the bytes that the database takes on the disk."""
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def erase(self) -> None:
        """Write the whole database anew, so that nothing of what was deleted is left in the file or beside it.

        Raises:
            StoreError: Another run reads what was deleted; or the disk has no room for the copy.

        """
        with _plain_errors(self.path):
            self._db.execute("VACUUM")
            is_busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if is_busy:
            raise StoreError(
                _(
                    "Another run is reading {path}, so that what was deleted still stands on the disk. "
                    "Run the same command again when it has finished."
                ).format(path=self.path)
            )

    # -- notes, between machines ------------------------------------------------

    def anchors(self) -> list[tuple[str, str]]:
        """Give every ID that was given, with the Message-ID on which it hangs, the oldest first."""
        rows = self._query("SELECT id, message_id FROM note_anchor ORDER BY rowid")
        return [(str(identity), str(message_id)) for identity, message_id in rows]

    def save_anchors(self, anchors: Sequence[tuple[str, str]]) -> None:
        """Replace the IDs, in this order, and have all conversations built anew. Call it in a transaction."""
        self._run("DELETE FROM note_anchor")
        self._db.executemany("INSERT INTO note_anchor (id, message_id) VALUES (?, ?)", anchors)
        self._run("DELETE FROM mirror_conversation")
        self._run("UPDATE mirror_family SET dirty = 1")

    def take_back(self, decision: Decision) -> None:
        """Note when a decision was undone. Call it in a transaction."""
        for number, known in self._decisions():
            if known == replace(decision, undone_at=known.undone_at):
                undone_at = None if decision.undone_at is None else to_number(decision.undone_at)
                self._run("UPDATE note_decision SET undone_at = ? WHERE id = ?", undone_at, number)
                self._touch(decision.mail)

    def put_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Note outcomes as they were noted elsewhere. Call it in a transaction."""
        for outcome in outcomes:
            self._put_outcome(outcome, outcome.target)

    def check(self) -> str:
        """Let SQLite check the whole file, which is "ok".

        Raises:
            StoreError: It is damaged.

        """
        said = str(self._query("PRAGMA integrity_check")[0][0])
        if said != "ok":
            raise StoreError(_(_DAMAGED).format(path=self.path))
        return said


def _entry_filter(family: int | None, until: datetime | None) -> tuple[str, list[object]]:
    where, values = ["1"], list[object]()
    if family is not None:
        where.append("family = ?")
        values.append(family)
    if until is not None:
        where.append("received_at <= ?")
        values.append(to_number(until))
    return " AND ".join(where), values


def _cut(arrival: Arrival, remains: Remains) -> Arrival:
    """Keep of a message what does not name the forgotten."""
    names = arrival.names - {f"address:{email}" for email in remains.cut}
    return replace(arrival, entry=remains.entry, text=remains.text, source=b"", names=names)


def _packed(source: bytes) -> bytes:
    return zlib.compress(source, 1) if source else b""


def _unpacked(packed: object) -> bytes:
    """Give a source back; empty where it was purged."""
    return zlib.decompress(packed) if packed else b""  # type: ignore[arg-type]


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _moment(number: object) -> datetime:
    return to_moment(int(str(number)))


def _listed(numbers: Iterable[int]) -> str:
    """Give numbers as one parameter, however many they are, for `IN (_LISTED)`."""
    return json.dumps(list(numbers))


def _oldest_first(message_ids: Iterable[str], anchors: Mapping[str, list[tuple[int, str]]]) -> list[str]:
    return [identity for _, identity in sorted(each for name in message_ids for each in anchors.get(name, ()))]

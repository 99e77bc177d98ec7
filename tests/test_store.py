"""The database: private, whole after whatever happened, and never losing what the owner decided."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.shop import NOON, OURS, Shop, write_mail
from triage import migrations
from triage.errors import ExitStatus, StoreError
from triage.identity import new_id
from triage.lock import sync_lock
from triage.mail.message import read_message
from triage.model import Copy, Entry, Role
from triage.reading import bare_entry
from triage.store import DATABASE, Arrival, Flags, KnownMailbox, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parent.parent
_numbers = count(1)


def arrival(message_id: str = "q1@klant.example", *, names: frozenset[str] = frozenset(), **fields: str) -> Arrival:
    """Make a mail as it is kept."""
    source = write_mail(message_id=message_id, **fields)  # type: ignore[arg-type]
    message = read_message(source, NOON.astimezone(UTC))
    names = names or frozenset({f"id:{message_id}"})
    return Arrival(next(_numbers), bare_entry(message), message.text, source, Flags(), is_ours=False, names=names)


def fill(store: Store, *arrivals: Arrival, account: str = "shop") -> KnownMailbox:
    """Keep mails in INBOX."""
    with store.transaction():
        mailbox = store.mailbox(account, "INBOX", Role.WATCHED)
        store.add(mailbox, arrivals)
    return mailbox


@contextmanager
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the database behind triage's back."""
    db = sqlite3.connect(folder / DATABASE, isolation_level=None)
    try:
        yield db
    finally:
        db.close()


# -- private -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")
def test_every_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "triage"
    before = os.umask(0)
    try:
        with Store(folder) as store, sync_lock(folder, NOON, lambda _: None):
            fill(store, arrival())
            modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in (folder, *folder.iterdir())}
    finally:
        os.umask(before)

    files = {f"{DATABASE}{end}" for end in ("", "-wal", "-shm")} | {"sync.lock", "sync.holder"}
    assert modes == {"triage": "0o700"} | dict.fromkeys(files, "0o600")


@pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")
def test_what_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """A folder restored from a backup, or copied by hand."""
    Store(tmp_path).close()
    tmp_path.chmod(0o755)
    (tmp_path / DATABASE).chmod(0o644)

    Store(tmp_path).close()

    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path, tmp_path / DATABASE)] == ["0o700", "0o600"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")
def test_a_folder_that_is_everybodys_is_not_taken_from_them(tmp_path: Path) -> None:
    """As root, `TRIAGE_DATA_DIR=/tmp` would lock everybody else out."""
    tmp_path.chmod(0o1777)

    with pytest.raises(StoreError, match="is shared by everybody"):
        Store(tmp_path)
    assert oct(tmp_path.stat().st_mode & 0o7777) == "0o1777"


# -- migrations --------------------------------------------------------------------------------------------------------


def test_each_migration_is_recorded(tmp_path: Path) -> None:
    Store(tmp_path).close()

    with raw(tmp_path) as db:
        recorded = db.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
        version = db.execute("PRAGMA user_version").fetchone()[0]

    assert recorded == [(number, name) for number, (name, _) in enumerate(migrations.STEPS, 1)]
    assert version == len(migrations.STEPS)


def test_an_older_database_is_brought_up_to_date_with_all_that_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrations, "STEPS", migrations.STEPS[:1])
        Store(tmp_path).close()
    with raw(tmp_path) as db:
        db.execute("INSERT INTO note_anchor (id, message_id) VALUES ('bcdf', 'q1@klant.example')")
        db.execute("INSERT INTO mirror_run (account, first_at, last_at, runs) VALUES ('shop', 0, 0, 3)")

    with Store(tmp_path) as store:
        assert store.identity(("q1@klant.example",)) == "bcdf"
        assert [runs for _, _, runs in store.runs().values()] == [3]
        fill(store, arrival())


def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path) as store:
        fill(store, arrival())
    broken = ("half a step", "CREATE TABLE note_new (x); DROP TABLE note_anchor; CREATE TABLE mirror_run (x)")
    with monkeypatch.context() as newer:
        newer.setattr(migrations, "STEPS", (*migrations.STEPS, broken))
        with pytest.raises(StoreError, match="already exists"):
            Store(tmp_path)

    with raw(tmp_path) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"note_new", "note_anchor"} & tables == {"note_anchor"}
    with Store(tmp_path) as store:
        assert len(store.entries()) == 1


def test_a_database_of_a_newer_version_is_refused_and_not_touched(shop: Shop) -> None:
    Store(shop.folder / "data").close()
    with raw(shop.folder / "data") as db:
        db.execute("PRAGMA user_version = 99")
    before = (shop.folder / "data" / DATABASE).read_bytes()
    shop.configure(disk_account(shop.folder / "mail"))

    result = shop.run("queue", "--no-sync")

    assert (result.status, result.out) == (ExitStatus.STORE, "")
    assert "newer version of triage" in result.err
    assert (shop.folder / "data" / DATABASE).read_bytes() == before


def test_several_first_runs_at_once_make_one_database(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from triage.store import Store; Store(Path(sys.argv[1])).close()"
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        command = [sys.executable, "-c", script, str(folder)]
        runs = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(5)]
        assert [(run.communicate(timeout=60)[1], run.returncode) for run in runs] == [("", 0)] * 5

        with Store(folder) as store, raw(folder) as db:
            assert store.check() == "ok"
            assert db.execute("SELECT count(*) FROM migration").fetchone() == (len(migrations.STEPS),)


# -- mirror and notes --------------------------------------------------------------------------------------------------


def disk_account(folder: Path) -> str:
    """Write the account of a Maildir."""
    return f'name = "shop"\npath = "{folder}"\naddresses = ["{OURS}"]\nsince = "3650d"'


def put(folder: Path, source: bytes, moment: datetime = NOON) -> Path:
    """Put a mail into a Maildir."""
    (folder / "cur").mkdir(parents=True, exist_ok=True)
    path = folder / "cur" / f"{next(_numbers)}.test"
    path.write_bytes(source)
    os.utime(path, (moment.timestamp(),) * 2)
    return path


def test_conversations_keep_their_ids_when_the_mirror_is_dropped(shop: Shop) -> None:
    """Also the ID of one of which older mail turned up later, which would be called otherwise today."""
    shop.configure(disk_account(shop.folder / "mail"))
    put(
        shop.folder / "mail", write_mail(message_id="other@klant.example", sender="eva@klant.example", subject="Retour")
    )
    put(shop.folder / "mail", write_mail(message_id="q2@klant.example", answers="q1@klant.example"))
    shop.run("sync")
    put(shop.folder / "mail", write_mail(message_id="q1@klant.example"), NOON - timedelta(hours=2))
    at = ("--at", (NOON + timedelta(hours=1)).isoformat())
    before = shop.export(*at)
    with raw(shop.folder / "data") as db:
        for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE name GLOB 'mirror_*' AND type = 'table'"
        ).fetchall():
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    after = shop.export(*at)

    assert after == before
    assert {row["id"] for row in before} == {next(new_id(f"{name}@klant.example")) for name in ("other", "q2")}
    assert {row["messages"] for row in before} == {1, 2}


def test_a_mailbox_numbered_anew_asks_for_no_number_of_before(tmp_path: Path) -> None:
    """A mail marked as deleted and too old to be looked for again has no number; what was postponed had an old one."""
    with Store(tmp_path) as store:
        known = fill(store, replace(arrival(), flags=Flags(deleted=True)))
        with store.transaction():
            store.postpone(known.id, [7])
            store.renew_mailbox(known, 2)

        assert (store.deleted_uids(known.id), store.postponed(known.id)) == (set(), set())
        assert [entry.copies for entry in store.entries()] == [(Copy("shop", "INBOX", Role.WATCHED, deleted=True),)]


def test_two_messages_that_are_seen_to_be_one_keep_both_places(tmp_path: Path) -> None:
    """A better reader may give two mails the same key: neither place is lost, and the earlier receipt holds."""
    with Store(tmp_path) as store:
        first, second = arrival("q1@klant.example"), arrival("q2@klant.example")
        early = replace(second, entry=replace(second.entry, received_at=first.entry.received_at - timedelta(hours=1)))
        fill(store, first)
        fill(store, early, account="other")
        with store.transaction():
            store.forget_families()
            for number, _ in store.sources():
                store.derive(number, first)

        assert store.entries() == [
            replace(
                first.entry,
                received_at=early.entry.received_at,
                copies=tuple(Copy(account, "INBOX", Role.WATCHED) for account in ("shop", "other")),
            )
        ]


def test_a_message_is_read_again_with_what_was_known_when_it_came(tmp_path: Path) -> None:
    kept = replace(arrival(), is_truncated=False)
    with Store(tmp_path) as store:
        fill(store, kept)
        ((_, stored),) = store.sources()

    copies = (Copy("shop", "INBOX", Role.WATCHED),)
    assert (stored.source, stored.received_at, stored.copies, stored.is_truncated) == (
        kept.source, kept.entry.received_at, copies, False,
    )  # fmt: skip


def test_holidays_come_back_as_they_were_kept(tmp_path: Path) -> None:
    days = {2026: frozenset({date(2026, 12, 25), date(2026, 4, 27)}), 2027: frozenset[date]()}
    with Store(tmp_path) as store:
        with store.transaction():
            store.save_holidays("NL", days)

        assert store.holidays("NL", range(2025, 2029)) == days
        assert store.holidays("BE", [2026]) == {}


# -- all or nothing ----------------------------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with suppress(KeyboardInterrupt), store.transaction():
            store.save_run("shop", NOON)
            raise KeyboardInterrupt
        with store.transaction():
            store.save_run("other", NOON)

        assert set(store.runs()) == {"other"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit to the size of files")
@pytest.mark.parametrize("writes", [1, 50], ids=["one large transaction", "many small ones"])
def test_a_disk_that_takes_no_more_costs_nothing_that_was_stored(tmp_path: Path, writes: int) -> None:
    with Store(tmp_path) as store:
        fill(store, arrival())
        before = store.entries()
        limit = max(path.stat().st_size for path in tmp_path.iterdir()) + 20_000
        with limited_files(limit), pytest.raises(StoreError, match="nothing that was stored is lost"):
            _write_much(store, writes)
        kept = store.entries()
        with store.transaction():
            store.save_run("shop", NOON)

        assert (store.check(), kept, set(store.runs())) == ("ok", before, {"shop"})


def _write_much(store: Store, writes: int) -> None:
    for number in range(writes * 100):
        with store.transaction():
            store.postpone(number, range(5_000 // writes))


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """Let no file grow beyond this: to a program it looks much like a disk that is full."""
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 500 KB, which only root can make, and not in every container."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=500k", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a tiny disk cannot be mounted here: that takes root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_in_a_sentence_and_the_next_run_goes_on(
    shop: Shop, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tiny_disk / "data"))
    shop.configure(disk_account(shop.folder / "mail"))
    put(shop.folder / "mail", write_mail(message_id="first@klant.example"))
    assert shop.run("sync").status == ExitStatus.FINE
    for number in range(40):
        noise = os.urandom(6000).hex()
        put(shop.folder / "mail", write_mail(message_id=f"q{number}@klant.example", text=noise, subject=f"{number}"))

    full = shop.run("sync")
    subprocess.run(["mount", "-o", "remount,size=20m", str(tiny_disk)], check=True)
    after = shop.run("sync")

    assert (full.status, full.err.count("\n"), "The disk is full" in full.err) == (ExitStatus.STORE, 1, True)
    assert (after.status, after.out.splitlines()[0].partition("; ")[2]) == (0, "41 on the server, 41 known")
    with Store(tiny_disk / "data") as store:
        assert store.check() == "ok"


def test_a_disk_that_is_full_before_the_first_run_is_told_in_a_sentence(
    shop: Shop, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tiny_disk / "data"))
    (tiny_disk / "ballast").write_bytes(b"x" * 480_000)
    shop.configure(disk_account(shop.folder / "mail"))
    put(shop.folder / "mail", write_mail())

    result = shop.run("sync")

    assert (result.status, result.err.count("\n"), "The disk is full" in result.err) == (ExitStatus.STORE, 1, True)


# -- what a user can mend ----------------------------------------------------------------------------------------------


def _is_a_file(folder: Path) -> None:
    folder.write_text("here I am")


def _database_is_a_folder(folder: Path) -> None:
    (folder / DATABASE).mkdir(parents=True)


def _is_no_database(folder: Path) -> None:
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"This is no database at all. " * 100)


def _is_damaged(folder: Path) -> None:
    with Store(folder) as store:
        fill(store, *(arrival(f"q{number}@klant.example") for number in range(200)))
    content = (folder / DATABASE).read_bytes()
    (folder / DATABASE).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def _is_cut_short(folder: Path) -> None:
    with Store(folder) as store:
        fill(store, *(arrival(f"q{number}@klant.example") for number in range(200)))
    os.truncate(folder / DATABASE, 10_000)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(_is_a_file, "Set TRIAGE_DATA_DIR to a folder that is yours.", id="the folder is a file"),
        pytest.param(_database_is_a_folder, "cannot be opened: Is a directory.", id="the database is a folder"),
        pytest.param(_is_no_database, "is damaged or not a database of triage", id="no database"),
        pytest.param(_is_damaged, "is damaged or not a database of triage", id="damaged"),
        pytest.param(_is_cut_short, "is damaged or not a database of triage", id="cut short"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence(shop: Shop, spoil: object, sentence: str) -> None:
    assert callable(spoil)
    spoil(shop.folder / "data")
    shop.configure(disk_account(shop.folder / "mail"))
    put(shop.folder / "mail", write_mail())

    result = shop.run("sync")

    assert (result.status, result.err.count("\n"), sentence in result.err) == (ExitStatus.STORE, 1, True), result.err


@pytest.mark.parametrize("mine", ["data", "data/triage.sqlite3"])
def test_what_is_not_ours_to_write_is_told_in_a_sentence(nobody: Path, mine: str) -> None:
    Store(nobody / "data").close()
    (nobody / mine).chmod(0o400)
    if mine == "data":
        (nobody / "data").rename(nobody / "other")
        nobody.chmod(0o500)

    with pytest.raises(StoreError) as refused:
        Store(nobody / "data")

    assert "Permission denied" in str(refused.value)
    assert str(nobody / "data") in str(refused.value)


def test_a_run_that_writes_too_long_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.store.BUSY", 0.1)
    with Store(tmp_path) as one, Store(tmp_path) as other, one.transaction():
        second = other.transaction()
        with pytest.raises(StoreError, match="Another run is writing"):
            second.__enter__()


def entry_of(store: Store) -> Entry:
    """Give the only entry."""
    (entry,) = store.entries()
    return entry


def test_a_reader_sees_what_was_there_while_another_writes(tmp_path: Path) -> None:
    with Store(tmp_path) as one, Store(tmp_path) as other:
        fill(one, arrival())
        with one.transaction():
            one.add(one.mailboxes()[0], [arrival("q2@klant.example")])
            assert entry_of(other).message_id == "q1@klant.example"
        assert len(other.entries()) == 2

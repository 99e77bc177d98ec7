"""A run may end at any moment: nothing is lost, nothing stands in the way of the next one."""

from __future__ import annotations

import imaplib
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.base import PASSWORD
from tests.shop import HOUR, NOON, OURS, Shop, deliver, write_mail
from tests.shop import imap_account as shop_account
from triage import pipeline
from triage.beside import Readers
from triage.classify.verdict import classify
from triage.errors import ExitStatus, StoreError
from triage.lock import sync_lock
from triage.mail.imap import Deadline, ImapSource
from triage.settings import AccountSettings, Security, Settings
from triage.store import Store
from triage.sync import sync_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.servers.base import MailAccount

PROJECT = Path(__file__).parent.parent
AT = ("--at", (NOON + 30 * HOUR).isoformat())
QUESTIONS = 240

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")


@pytest.fixture
def busy(dovecot_account: MailAccount) -> MailAccount:
    """A mailbox with some hundred questions, a third of them answered."""
    dovecot_account.create("Sent")
    for number in range(QUESTIONS):
        customer, moment = f"klant{number % 70}@klant.example", NOON + timedelta(minutes=number)
        subject = f"Vraag {number}"
        deliver(dovecot_account, "INBOX", moment, sender=customer, message_id=f"q{number}@k.example", subject=subject)
        if number % 3 == 0:
            deliver(
                dovecot_account, "Sent", moment + HOUR, sender=OURS, to=customer, message_id=f"a{number}@shop.example",
                answers=f"q{number}@k.example", subject=f"Re: {subject}", text="Ja hoor.",
            )  # fmt: skip
    return dovecot_account


def start(shop: Shop, *command: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    program = [sys.executable, "-m", "cli", *command, "--config", str(shop.config)]
    pipe = subprocess.PIPE
    return subprocess.Popen(program, cwd=PROJECT, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True)


def undisturbed(shop: Shop) -> tuple[list[dict[str, Any]], float]:
    """Give the rows of a run that nobody disturbed, and how long it fetched."""
    folder = shop.folder / "undisturbed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_DATA_DIR", str(folder))
        run = start(shop, "sync")
        began = wait_for(folder / "sync.holder", run)
        assert run.communicate(timeout=60)[1] == ""
        took = time.monotonic() - began
        return shop.export("--no-sync", *AT), took


def wait_for(path: Path, run: subprocess.Popen[str]) -> float:
    """Wait until a file is there or the run has ended; give the moment."""
    deadline = time.monotonic() + 30
    while not path.exists() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return time.monotonic()


@contextmanager
def holding_the_lock(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process fetch; it ends when it reads a line."""
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path; from triage.lock import sync_lock\n"
        "with sync_lock(Path(sys.argv[1]), datetime.now(UTC), print): print('held', flush=True); sys.stdin.readline()"
    )
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_run_killed_at_any_moment_loses_nothing(shop: Shop, busy: MailAccount) -> None:
    shop.configure(shop_account(busy))
    expected, took = undisturbed(shop)
    chance = random.Random(2)  # noqa: S311 - not for secrets
    data = shop.folder / "data"
    known = [0]
    for _ in range(6):
        (data / "sync.holder").unlink(missing_ok=True)
        run = start(shop, "sync")
        wait_for(data / "sync.holder", run)
        time.sleep(chance.uniform(0, took))
        run.kill()
        run.communicate()
        with Store(data) as store:
            assert store.check() == "ok"
            known.append(len(store.entries()))

    last = shop.run("sync")

    assert (last.status, last.err) == (0, "")
    assert [line.partition("; ")[2] for line in last.out.splitlines()[:2]] == [
        f"{QUESTIONS} on the server, {QUESTIONS} known", "80 on the server, 80 known",
    ]  # fmt: skip
    assert shop.export("--no-sync", *AT) == expected
    assert known == sorted(known), "what was fetched once stays"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_an_interrupted_run_ends_with_one_sentence(shop: Shop, busy: MailAccount, share: float) -> None:
    shop.configure(shop_account(busy))
    expected, took = undisturbed(shop)

    status, err = 0, ""
    while not status:  # a run that was faster than the one before it is no proof
        shutil.rmtree(shop.folder / "data", ignore_errors=True)
        run = start(shop, "sync")
        wait_for(shop.folder / "data" / "sync.holder", run)
        time.sleep(share * took)
        run.send_signal(signal.SIGINT)
        err = run.communicate(timeout=60)[1]
        status, share = run.returncode, share / 2

    assert (status, err.count("\n"), err.partition(".")[0]) == (130, 1, "triage: Interrupted")
    assert shop.export(*AT) == expected


def test_two_runs_at_the_same_time_do_not_disturb_each_other(shop: Shop, busy: MailAccount) -> None:
    shop.configure(shop_account(busy))
    expected, _ = undisturbed(shop)

    runs = [start(shop, "sync") for _ in range(2)]
    ends = [(run.communicate(timeout=60)[1], run.returncode) for run in runs]

    assert [status for _, status in ends] == [0, 0]
    assert sum("waiting for it" in err for err, _ in ends) <= 1
    assert shop.export("--no-sync", *AT) == expected


def append(mailbox: MailAccount, source: bytes) -> None:
    """Put a mail into INBOX as another mail program does, so that the server sees it at once."""
    with imaplib.IMAP4(mailbox.server.host, mailbox.server.port) as other:
        other.login(mailbox.username, mailbox.password)
        assert other.append("INBOX", "", NOON, source)[0] == "OK"


class Delivering(ImapSource):
    """A mailbox into which one mail comes after it was opened, before its numbers are listed."""

    def __init__(self, mailbox: MailAccount, account: AccountSettings) -> None:
        super().__init__(account, mailbox.password, Deadline(timedelta(minutes=1)))
        self._late = [mailbox]

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        while self._late:
            append(self._late.pop(), write_mail(message_id="late@klant.example", subject="Te laat"))
            super().uids()  # Dovecot tells of new mail behind its answer: the next one has it
        return super().uids(since, above)


def test_a_mail_that_comes_while_a_mailbox_is_listed_counts_once(tmp_path: Path, dovecot_account: MailAccount) -> None:
    deliver(dovecot_account, "INBOX")
    server = dovecot_account.server
    account = AccountSettings(
        "shop", server.host, server.port, Security.NONE, username=dovecot_account.username, mailboxes=("INBOX",)
    )
    settings = Settings(accounts=(account,))
    read = Readers(pipeline.Derivation(pipeline.our_addresses(settings), settings, classify, NOON)).arrivals
    sources = (Delivering(dovecot_account, account), ImapSource(account, PASSWORD, Deadline(timedelta(minutes=1))))

    with Store(tmp_path) as store:
        counts = []
        for source in sources:
            inbox = sync_account(account, lambda: source, store, read, NOON.date())[0]  # noqa: B023 - called at once
            counts.append((inbox.new, inbox.server, inbox.known))

    assert counts == [(2, 2, 2), (0, 2, 2)]


def test_a_second_run_says_who_holds_the_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.lock.WAIT", 0.2)
    (shop.folder / "mail" / "cur").mkdir(parents=True)
    shop.configure(f'name = "shop"\npath = "{shop.folder}/mail"\naddresses = ["{OURS}"]')

    with holding_the_lock(shop.folder / "data") as holder:
        result = shop.run("sync")

    assert result.status == ExitStatus.STORE
    assert [f"process {holder.pid}, since " in line for line in result.err.splitlines()] == [True, True]
    assert "did not finish within 0.2 s" in result.err


def test_a_second_run_goes_on_when_the_first_has_finished(tmp_path: Path) -> None:
    told: list[str] = []
    with holding_the_lock(tmp_path) as holder:

        def tell(who: str) -> None:
            told.append(who.partition(",")[0])
            assert holder.stdin is not None
            holder.stdin.write("enough\n")

        with sync_lock(tmp_path, NOON, tell, wait=30):
            pass

        assert told == [f"process {holder.pid}"]


def test_a_killed_run_leaves_no_stale_lock(tmp_path: Path) -> None:
    with holding_the_lock(tmp_path) as holder:
        holder.kill()
        holder.wait()

        with sync_lock(tmp_path, NOON, pytest.fail, wait=0):
            pass


def test_a_lock_that_cannot_be_taken_is_told_in_a_sentence(nobody: Path) -> None:
    (nobody / "sync.lock").mkdir()

    with pytest.raises(StoreError, match="cannot be taken: ") as refused, sync_lock(nobody, NOON, pytest.fail):
        pass
    assert refused.value.status == ExitStatus.STORE

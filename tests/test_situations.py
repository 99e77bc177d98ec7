"""Who waits, since when, until when: every named situation against the real pipeline.

Each situation is run from a Maildir on disk, from Dovecot, and again with its mails arriving backwards and at random.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.maildir import with_flags
from tests.shop import Shop, imap_account
from tests.situations.language import ZONE, read_situations
from triage import pipeline
from triage.beside import Readers
from triage.classify.verdict import classify
from triage.config import load_settings
from triage.mail.disk import DiskSource
from triage.report.export import record
from triage.store import Store
from triage.sync import sync_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.servers.base import MailAccount
    from tests.servers.dovecot import DovecotServer
    from tests.situations.language import Mail, Situation
    from triage.mail.source import Fetched
    from triage.settings import AccountSettings, Settings

SITUATIONS = tuple(read_situations())
ON_DISK = tuple(situation for situation in SITUATIONS if not situation.needs_gmail)
ON_SERVERS = tuple(situation for situation in ON_DISK if situation.on != "disk")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def _named(situations: Iterable[Situation]) -> list[Any]:
    return [pytest.param(situation, id=f"{situation.theme}: {situation.name}") for situation in situations]


@pytest.mark.parametrize("situation", _named(ON_DISK))
def test_on_disk(situation: Situation, shop: Shop) -> None:
    """What `export --all` says of a Maildir on disk."""
    boxes = {name: Maildirs(shop.folder / "mail" / name) for name in situation.accounts}
    configure(shop, situation, {name: f'path = "{box.folder}"\nsince = "3650d"' for name, box in boxes.items()})
    arrive(situation.mails, boxes)
    if any(mail.then is not None for mail in situation.mails):
        assert shop.run("sync").status == 0
        later(situation.mails, boxes)

    assert_rows(situation, shop.export("--at", situation.at.isoformat()))


@pytest.mark.parametrize("situation", _named(ON_SERVERS))
def test_on_dovecot(situation: Situation, shop: Shop, dovecot: DovecotServer) -> None:
    """The same through a real server, with nothing changed there."""
    boxes = {name: ServerBox(dovecot.account()) for name in situation.accounts}
    configure(shop, situation, {name: imap_account(box.account, name="", addresses="") for name, box in boxes.items()})
    arrive(situation.mails, boxes)
    if any(mail.then is not None for mail in situation.mails):
        assert shop.run("sync").status == 0
        later(situation.mails, boxes)
    before = {name: box.account.snapshot() for name, box in boxes.items()}

    assert_rows(situation, shop.export("--at", situation.at.isoformat()))
    assert before == {name: box.account.snapshot() for name, box in boxes.items()}


@pytest.mark.parametrize("order", ["together", "backwards", "at random"])
@pytest.mark.parametrize("situation", _named(SITUATIONS))
def test_in_any_order(situation: Situation, order: str, shop: Shop) -> None:
    """Mails that arrive in several syncs and in any order give the same rows, kept or judged anew for that moment."""
    boxes = {name: Maildirs(shop.folder / "mail" / name) for name in situation.accounts}
    configure(shop, situation, {name: f'path = "{box.folder}"\nsince = "3650d"' for name, box in boxes.items()})
    settings = load_settings(shop.config, {})
    threads = {mail.source: mail.gmail for mail in situation.mails}
    with Store(shop.folder / "data") as store:
        for batch in batches(situation.mails, order):
            arrive(batch, boxes)
            sync(store, settings, threads, situation.at)
        later(situation.mails, boxes)
        sync(store, settings, threads, situation.at)

        assert_rows(situation, judged_anew(store, settings, situation.at))
        if all(mail.received_at <= situation.at for mail in situation.mails):
            assert_rows(situation, kept(store, settings, situation.at))


# -- mailboxes --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Maildirs:
    """The Maildirs of one account on disk: INBOX is the folder itself, the others are `.Name` in it."""

    folder: Path
    names: dict[tuple[str, str], Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "cur").mkdir(parents=True)

    def deliver(self, mail: Mail, mailbox: str) -> None:
        """Put a mail there, its time of receipt as the file's."""
        cur = self.folder / ("" if mailbox == "INBOX" else f".{mailbox}") / "cur"
        cur.mkdir(parents=True, exist_ok=True)
        path = cur / with_flags(f"{mail.label}.test", mail.flags)
        path.write_bytes(mail.source)
        os.utime(path, (mail.received_at.timestamp(),) * 2)
        self.names[mail.label, mailbox] = path

    def change(self, mail: Mail, mailbox: str) -> None:
        """Do to it what was done there later."""
        path = self.names[mail.label, mailbox]
        if mail.then == "gone":
            path.unlink()
        else:
            path.rename(path.with_name(with_flags(f"{mail.label}.test", mail.then or "")))


@dataclass(slots=True)
class ServerBox:
    """The mailboxes of one user on a server."""

    account: MailAccount
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def deliver(self, mail: Mail, mailbox: str) -> None:
        """Put a mail there, its time of receipt as INTERNALDATE."""
        name = self.account.deliver(mailbox, mail.source, mail.received_at, mail.flags)
        self.names[mail.label, mailbox] = name

    def change(self, mail: Mail, mailbox: str) -> None:
        """Do to it what was done there later."""
        name = self.names[mail.label, mailbox]
        if mail.then == "gone":
            self.account.expunge(mailbox, name)
        else:
            self.account.flag(mailbox, name, mail.then or "")


def arrive(mails: Iterable[Mail], boxes: Mapping[str, Maildirs] | Mapping[str, ServerBox]) -> None:
    """Let mails come in."""
    for mail in mails:
        for account, mailbox in mail.places:
            boxes[account].deliver(mail, mailbox)


def later(mails: Iterable[Mail], boxes: Mapping[str, Maildirs] | Mapping[str, ServerBox]) -> None:
    """Let happen what happened after the first look: a flag was set, a mail was moved away."""
    for mail in mails:
        if mail.then is not None:
            boxes[mail.places[0][0]].change(mail, mail.places[0][1])


def configure(shop: Shop, situation: Situation, places: Mapping[str, str]) -> None:
    """Write the configuration: the situation's own, and an account for each place."""
    usual = {"timezone": '"Europe/Amsterdam"', "holidays": '""'}
    left = "".join(f"{name} = {value}\n" for name, value in usual.items() if f"{name} =" not in situation.config)
    head = f'language = "en"\n[shop]\n{left}{situation.config}\n'
    accounts = [
        f'[[account]]\nname = "{name}"\naddresses = {list(situation.accounts[name])}\n{place}\n'
        for name, place in places.items()
    ]
    shop.config.write_text(head + "\n".join(accounts), "utf-8")


# -- in several syncs -------------------------------------------------------------------------------------------------


class Threaded(DiskSource):
    """Mail on disk that knows its thread, as Gmail's server does."""

    def __init__(self, account: AccountSettings, threads: Mapping[bytes, str]) -> None:
        super().__init__(account)
        self._threads = threads

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Add to each message the thread in which it stands."""
        for batch in super().fetch(uids):
            yield [replace(fetched, gmail_thread=self._threads[fetched.source]) for fetched in batch]


def batches(mails: Sequence[Mail], order: str) -> list[list[Mail]]:
    """Say in which syncs mails arrive."""
    if order == "together":
        return [list(mails)]
    if order == "backwards":
        return [[mail] for mail in reversed(mails)]
    chance = random.Random("".join(mail.label for mail in mails))  # noqa: S311 - not for secrets
    mixed = chance.sample(mails, len(mails))
    middle = chance.randrange(len(mails) + 1)
    return [batch for batch in (mixed[:middle], mixed[middle:]) if batch]


def sync(store: Store, settings: Settings, threads: Mapping[bytes, str], now: datetime) -> None:
    """Fetch what is new and bring the conversations up to date, as the command does."""
    derivation = pipeline.Derivation(pipeline.our_addresses(settings), settings, classify, now)
    for account in settings.accounts:
        read = Readers(derivation).arrivals
        sync_account(account, lambda: Threaded(account, threads), store, read, LONG_AGO.date())  # noqa: B023 - called at once
    pipeline.update_conversations(store, settings)


def judged_anew(store: Store, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    """Give the rows as `--at` gives them."""
    hours = pipeline.opening_hours(store, settings, [at])
    return [record(row, settings.shop.timezone) for row in pipeline.build_queue_at(store, settings, hours, at)]


def kept(store: Store, settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """Give the rows that were kept up to date sync by sync."""
    hours = pipeline.opening_hours(store, settings, [now])
    rows = pipeline.build_queue(store, settings, hours, now, everything=True)
    return [record(row, settings.shop.timezone) for row in rows]


# -- rows -------------------------------------------------------------------------------------------------------------


def assert_rows(situation: Situation, rows: Sequence[Mapping[str, Any]]) -> None:
    """Compare the fields that the situation names, in whatever order the rows come; and their number."""
    expected = [dict(row) for row in situation.rows]
    actual = best_match(expected, [clear(row) for row in rows])
    assert expected == actual, f"{situation.theme}: {situation.name}"


def clear(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write times in the zone in which situations are read, whatever that of the shop."""
    zoned = dict(row)
    for name in ("waiting_since", "due_at", "received_at", "answered_at"):
        if row[name]:
            zoned[name] = datetime.fromisoformat(row[name]).astimezone(ZONE).isoformat(timespec="seconds")
    return zoned


def best_match(expected: Sequence[Mapping[str, object]], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the rows beside the expected ones that they resemble most, and keep the fields that are compared."""
    if len(rows) != len(expected):
        return [{name: row[name] for name in ("status", "from_email", "subject", "kind", "messages")} for row in rows]
    orders = permutations(rows) if len(rows) <= 6 else [tuple(rows)]
    best = max(orders, key=lambda order: sum(_agree(*pair) for pair in zip(expected, order, strict=True)))
    return [{name: row[name] for name in wanted} for wanted, row in zip(expected, best, strict=True)]


def _agree(wanted: Mapping[str, object], row: Mapping[str, object]) -> int:
    return sum(row[name] == value for name, value in wanted.items())

"""Stores of any size, filled as a sync would leave them, but without reading a mail.

To classify 100,000 mails takes many minutes and says nothing about how long a queue takes to print: what was read is
made up here and goes through the program's own store and pipeline. What lies in the tables is as large as in life: each
message has its words and the first bytes of a mail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from tests.benchmarks.mailbox import SPAN, make_up, people, source
from triage import pipeline
from triage.config import load_settings
from triage.conversations import family_names
from triage.mail.source import HEAD_BYTES
from triage.model import Address, Entry, Kind, Role, Verdict
from triage.store import Arrival, Flags, KnownMailbox, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.settings import Settings

OURS = "info@sokkenenzo.example"
OPEN = 100
CONFIGURATION = f"""\
[shop]
holidays = "NL"

[[account]]
name = "shop"
host = "127.0.0.1"
port = 1
security = "none"
username = "alice"
password_env = "SHOP_PASSWORD"
addresses = ["{OURS}"]
"""
_BATCH = 2_000
_SOURCES = 100


def fill(folder: Path, messages: int) -> Path:
    """Fill the store in a folder, of which two fifths are conversations and `OPEN` are open; give its configuration."""
    folder.mkdir(parents=True)
    configuration = folder / "config.toml"
    configuration.write_text(CONFIGURATION, "utf-8")
    settings = load_settings(configuration, {})
    now = datetime.now(UTC).replace(microsecond=0)
    with Store(folder) as store:
        with store.transaction():
            mailbox = store.mailbox("shop", "INBOX", Role.WATCHED)
        _keep_all(store, mailbox, settings, messages * 2 // 5, now)
        pipeline.update_conversations(store, settings)
        with store.transaction():
            store.save_signature(pipeline.signature(settings, pipeline.our_addresses(settings)))
            for day in (1, 0):  # of the first sync of all the queue folds in what had been forgotten before it
                store.save_run("shop", now - timedelta(days=day))
    return configuration


def _keep_all(store: Store, mailbox: KnownMailbox, settings: Settings, conversations: int, now: datetime) -> None:
    ours = pipeline.our_addresses(settings)
    batch: list[Arrival] = []
    uid = 0
    for number in range(conversations):
        for entry in conversation(number, conversations, now):
            uid += 1
            words = people()[number % len(people())].body
            first_bytes = _sources()[uid % _SOURCES]
            is_ours = entry.sender.email == OURS
            batch.append(
                Arrival(uid, entry, words, first_bytes, Flags(), is_ours, family_names(entry, ours), is_truncated=False)
            )
        if len(batch) >= _BATCH or number == conversations - 1:
            with store.transaction():
                store.add(mailbox, batch)
            batch = []


def conversation(number: int, conversations: int, now: datetime) -> Iterator[Entry]:
    """Make up a conversation: a question; unless it is open, our answer and, every other time, thanks."""
    row = people()[number % len(people())]
    customer = Address(f"k{number}@klant.example", f"Klant {number}")
    is_open = number < OPEN
    begun = now - timedelta(minutes=10 + 17 * number) if is_open else now - SPAN * ((number + 1) / (conversations + 1))
    question = Entry(
        key=f"q{number}",
        message_id=f"q{number}@klant.example",
        received_at=begun,
        sender=customer,
        person=customer,
        recipients=(OURS,),
        subject=row.subject,
        subject_key=f"{row.subject.casefold()} {number}",
        verdict=Verdict(row.kind, 0.9, because=(" ".join(row.body.split()[:4]),)),
        snippet=" ".join(row.body.split())[:200],
        fingerprint=f"q{number}",
    )
    yield question
    if is_open:
        return
    us = Address(OURS, "Sokken & Zo")
    yield replace(
        question,
        key=f"a{number}",
        message_id=f"a{number}@sokkenenzo.example",
        received_at=begun + timedelta(hours=2),
        sender=us,
        person=us,
        recipients=(customer.email,),
        links=(question.message_id,),
        verdict=Verdict(Kind.NONE, 1.0),
        fingerprint=f"a{number}",
    )
    if number % 2:
        yield replace(
            question,
            key=f"t{number}",
            message_id=f"t{number}@klant.example",
            received_at=begun + timedelta(hours=3),
            links=(f"a{number}@sokkenenzo.example", question.message_id),
            verdict=Verdict(Kind.NONE, 0.9),
            fingerprint=f"t{number}",
        )


@cache
def _sources() -> tuple[bytes, ...]:
    """Write some mails of which the first bytes are kept."""
    shop = make_up(_SOURCES, 20, 5, datetime(2026, 1, 1, tzinfo=UTC))
    return tuple(source(mail)[:HEAD_BYTES] for mail in shop.inbox)

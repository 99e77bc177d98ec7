"""Does the queue cost what is open, or what the store holds? Prints figures for stores of several sizes.

    python -m tests.benchmarks.scale [1000 10000 100000]

Each store has five messages in two conversations (one customer each) on average, of which 100 conversations are open.
Measured is, after one new mail: keeping it, building its conversations anew, and the rows of the queue.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from triage import pipeline
from triage.conversations import family_names
from triage.model import Address, Entry, Kind, Role, Verdict
from triage.settings import AccountSettings, OurAddresses, Settings
from triage.store import Arrival, Flags, KnownMailbox, Store

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OURS = "info@shop.example"
OPEN = 100
BATCH = 2_000
SETTINGS = Settings(accounts=(AccountSettings("shop", addresses=OurAddresses.of(OURS)),))


def conversation(number: int, *, is_open: bool) -> list[Entry]:
    """Make the two or three messages of one conversation: a question, our answer, thanks or a further question."""
    begun = NOW - timedelta(minutes=10 + number % 50_000)
    customer = Address(f"k{number}@klant.example", f"Klant {number}")
    question = Entry(
        key=f"q{number}",
        message_id=f"q{number}@klant.example",
        received_at=begun,
        sender=customer,
        person=customer,
        recipients=(OURS,),
        subject=f"Vraag {number}",
        subject_key=f"vraag {number}",
        verdict=Verdict(Kind.BUY, 0.9, because=("wil ik kopen",)),
        snippet="Deze schoenen wil ik kopen, zijn ze er nog?",
    )
    if is_open:
        return [question]
    us = Address(OURS, "Shop")
    answer = replace(
        question,
        key=f"a{number}",
        message_id=f"a{number}@shop.example",
        received_at=begun + timedelta(minutes=2),
        sender=us,
        person=us,
        recipients=(customer.email,),
        links=(question.message_id,),
        verdict=Verdict(Kind.NONE, 1.0),
        fingerprint=f"f{number}",
    )
    again = replace(
        question, key=f"r{number}", message_id=f"r{number}@klant.example", received_at=begun - timedelta(minutes=1)
    )
    return [question, answer, again] if number % 2 else [question, answer]


def arrival(entry: Entry, uid: int) -> Arrival:
    """Make of an entry what a sync would keep."""
    ours = pipeline.our_addresses(SETTINGS)
    is_ours = entry.sender.email == OURS
    return Arrival(uid, entry, entry.snippet, b"", Flags(), is_ours, family_names(entry, ours))


def fill(store: Store, messages: int) -> KnownMailbox:
    """Fill a store."""
    with store.transaction():
        mailbox = store.mailbox("shop", "INBOX", Role.WATCHED)
    uid, batch = 0, list[Arrival]()
    for number in range(messages * 2 // 5):
        for entry in conversation(number, is_open=number < OPEN):
            uid += 1
            batch.append(arrival(entry, uid))
        if len(batch) >= BATCH:
            keep(store, mailbox, batch)
            batch = []
    keep(store, mailbox, batch)
    pipeline.update_conversations(store, SETTINGS)
    return mailbox


def keep(store: Store, mailbox: KnownMailbox, arrivals: list[Arrival]) -> None:
    """Keep a batch in one transaction."""
    with store.transaction():
        store.add(mailbox, arrivals)


def measure(messages: int) -> None:
    """Print one line of figures, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        begun = time.perf_counter()
        mailbox = fill(store, messages)
        filled = time.perf_counter() - begun
        hours = pipeline.opening_hours(store, SETTINGS, [NOW])
        pipeline.build_queue(store, SETTINGS, hours, NOW)
        figures: list[tuple[float, float]] = []
        for turn in range(5):
            new = replace(conversation(0, is_open=True)[0], key=f"n{turn}", message_id=f"n{turn}@x", received_at=NOW)
            begun = time.perf_counter()
            keep(store, mailbox, [arrival(new, 10_000_000 + turn)])
            pipeline.update_conversations(store, SETTINGS)
            updated = time.perf_counter()
            rows = pipeline.build_queue(store, SETTINGS, hours, NOW)
            figures.append((updated - begun, time.perf_counter() - updated))
        update, queue = (sorted(values)[2] * 1000 for values in zip(*figures, strict=True))
        print(  # noqa: T201 - a script
            f"{messages:>7} messages: filled in {filled:6.1f} s; one new mail {update:6.1f} ms; "
            f"queue of {len(rows)} {queue:6.1f} ms"
        )


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or ("1000", "10000", "100000")):
        measure(size)

"""Entries and cases come back from the store as they went in, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.cases import Case
from triage.classify.learnt import Learnt
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
from triage.model import (
    Address,
    Automatic,
    Closing,
    DeliveryReport,
    Entry,
    Flag,
    Kind,
    Lane,
    Notice,
    Reason,
    Sender,
    Status,
    Verdict,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it
ADDRESS = st.builds(Address, TEXT, TEXT)
VERDICT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(Kind),
    "confidence": st.floats(0, 1),
    "reason": st.sampled_from(Reason),
    "flags": st.frozensets(st.sampled_from(Flag)),
    "language": TEXT,
    "closing": st.sampled_from(Closing),
    "nudge": st.booleans(),
    "unsure": st.booleans(),
    "order_numbers": TEXTS,
    "carrier": TEXT,
    "because": TEXTS,
}
VERDICT = st.builds(Verdict, **VERDICT_FIELDS)
ENTRY_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "key": TEXT,
    "message_id": TEXT,
    "received_at": MOMENT,
    "sender": ADDRESS,
    "person": ADDRESS,
    "reply_to": TEXTS,
    "recipients": TEXTS,
    "subject": TEXT,
    "subject_key": TEXT,
    "is_forward": st.booleans(),
    "links": TEXTS,
    "gmail_thread": TEXT,
    "via": TEXT,
    "automatic": st.builds(Automatic, st.sampled_from(Sender), st.booleans(), TEXTS),
    "report": st.none() | st.builds(DeliveryReport, TEXT, TEXT, TEXTS),
    "verdict": VERDICT,
    "fingerprint": TEXT,
    "mentions": TEXTS,
    "is_notice": st.booleans(),
    "is_unreadable": st.booleans(),
    "snippet": TEXT,
    "lane": st.none() | st.sampled_from(Lane),
    "target": TEXT,
    "is_done": st.none() | st.booleans(),
    "is_taught": st.booleans(),
}
ENTRY = st.builds(Entry, **ENTRY_FIELDS)
CASE_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "account": TEXT,
    "status": st.sampled_from(Status),
    "verdict": VERDICT,
    "customer": ADDRESS,
    "subject": TEXT,
    "received_at": MOMENT,
    "message_id": TEXT,
    "mailbox": TEXT,
    "snippet": TEXT,
    "messages": st.integers(0, 1000),
    "unanswered": st.integers(0, 1000),
    "since": st.none() | MOMENT,
    "answered_at": st.none() | MOMENT,
    "question_id": TEXT,
    "order_number": TEXT,
    "carrier": TEXT,
    "notices": st.frozensets(st.sampled_from(Notice)),
    "lane": st.none() | st.sampled_from(Lane),
    "target": TEXT,
    "gmail_thread": TEXT,
    "snoozed_until": st.none() | MOMENT,
    "assigned_to": TEXT,
    "notes": TEXTS,
    "id": TEXT,
}
CASE = st.builds(Case, **CASE_FIELDS)


@given(ENTRY)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    """All but the copies, which lie in a table of their own."""
    assert entry_from_text(entry_to_text(entry), entry.key, entry.message_id) == entry


@given(CASE)
def test_a_case_comes_back_as_it_was(case: Case) -> None:
    assert case_from_text(case_to_text(case), case.id) == case


@pytest.mark.parametrize(
    ("model", "tried"), [(Entry, {*ENTRY_FIELDS, "copies"}), (Case, {*CASE_FIELDS}), (Verdict, {*VERDICT_FIELDS})]
)
def test_every_field_is_tried(model: type[Entry | Case | Verdict], tried: set[str]) -> None:
    """A field that is new in the model is to be added to the strategies above."""
    assert tried == {field.name for field in fields(model)}


@given(MOMENT, MOMENT)
def test_moments_sort_as_their_numbers_do(one: datetime, other: datetime) -> None:
    assert to_moment(to_number(one)) == one
    assert (to_number(one) < to_number(other)) == (one < other)


def test_a_moment_is_the_same_in_every_zone() -> None:
    noon = datetime(2026, 11, 18, 12, 0, tzinfo=timezone(timedelta(hours=1)))

    assert to_number(noon) == to_number(noon.astimezone(UTC)) == 1_794_999_600_000_000
    assert to_moment(to_number(noon)).tzinfo is UTC


def test_what_is_at_its_default_takes_no_room() -> None:
    address = Address("jan@klant.example", "Jan")
    moment = datetime(2026, 11, 18, tzinfo=UTC)
    entry = Entry("key", "q1@klant.example", moment, address, address, verdict=Verdict(Kind.BUY, 0.5))

    assert json.loads(entry_to_text(entry)) == {
        "received_at": to_number(moment),
        "sender": ["jan@klant.example", "Jan"],
        "verdict": {"kind": "buy", "confidence": 0.5},
    }


SHARE = st.floats(0, 1)


@given(
    st.none()
    | st.builds(
        Learnt,
        st.fixed_dictionaries(dict.fromkeys(Kind, SHARE)),
        st.fixed_dictionaries(dict.fromkeys(Reason, SHARE)),
        st.fixed_dictionaries(dict.fromkeys(Flag, SHARE)),
        st.fixed_dictionaries(dict.fromkeys(Kind, TEXTS)),
    )
)
def test_what_the_network_read_comes_back_as_it_was(learnt: Learnt | None) -> None:
    assert learnt_from_text(learnt_to_text(learnt)) == learnt

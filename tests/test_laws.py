"""Laws about who waits: they hold for any mails, in any order."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import MONDAY, NEWSLETTER, OURS, OUT_OF_OFFICE, QUESTION, SHOP, about_order, bounce, closing, entry
from triage import cases, pipeline, rank
from triage.answers import bulk_acknowledgements
from triage.conversations import build_conversations, family_names, is_ours
from triage.model import Closing, Copy, Ending, Kind, Role, Verdict
from triage.settings import AccountSettings, Settings, ShopSettings
from triage.store import Arrival, Flags, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.model import Conversation, Entry

CUSTOMERS = ("jan@klant.example", "piet@klant.example", "marie@klant.example", "eve@klant.example")
SUBJECTS = ("Vraag", "Re: Vraag", "Retour", "Fwd: Vraag", "")
MOMENTS = (*(timedelta(seconds=seconds) for seconds in (0, 30, 60, 61, 3600)), *map(timedelta, (1, 5, 30, 31, 62)))
WORDS = (
    QUESTION,
    Verdict(Kind.ANGRY, 0.9),
    about_order("104512"),
    about_order("104777"),
    closing(Closing.THANKS),
    closing(Closing.WITHDRAWN),
)
SHOP_SETTINGS = Settings(
    shop=ShopSettings(timezone=ZoneInfo("Europe/Amsterdam"), holidays=""),
    accounts=(AccountSettings("shop", addresses=OURS),),
)
EXAMPLES = settings(max_examples=100, deadline=None)


@st.composite
def mails(draw: st.DrawFn, people: Sequence[str] = CUSTOMERS, longest: int = 9, prefix: str = "m") -> list[Entry]:
    """Draw some mails to us and of ours, which name one another as they like."""
    count = draw(st.integers(1, longest))
    names = [f"{prefix}{number}" for number in range(count)]
    clock = timedelta()
    drawn = []
    for name in names:
        clock += draw(st.sampled_from(MOMENTS))
        drawn.append(draw(_mail(name, names, clock, people)))
    return drawn


@st.composite
def _mail(draw: st.DrawFn, name: str, names: Sequence[str], at: timedelta, people: Sequence[str]) -> Entry:
    named = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    person, subject = draw(st.sampled_from(people)), draw(st.sampled_from(SUBJECTS))
    match draw(st.sampled_from(["theirs", "theirs", "theirs", "ours", "ours", "alias", "bounce", "absent", "paper"])):
        case "theirs":
            fields = draw(_theirs())
            return entry(name, person, SHOP, at, subject, named, **fields)
        case "ours":
            fields = draw(_ours())
            to = draw(st.sampled_from([person, f"{person},{people[0]}", "magazijn@elders.example"]))
            return entry(name, SHOP, to, at, subject, named, **fields)
        case "alias":
            copies = (Copy("shop", "Sent", Role.SENT),)
            return entry(name, "kees@thuis.example", person, at, subject, named, copies=copies)
        case "bounce":
            return bounce(name, draw(st.sampled_from(names)), at, draw(st.sampled_from(["failed", "delayed"])))
        case "absent":
            none = Verdict(Kind.NONE, 1.0)
            return entry(name, person, SHOP, at, subject, named, automatic=OUT_OF_OFFICE, verdict=none)
        case _:
            none = Verdict(Kind.NONE, 1.0)
            return entry(name, "krant@krant.example", SHOP, at, subject, automatic=NEWSLETTER, verdict=none)


def _theirs() -> st.SearchStrategy[dict[str, object]]:
    flags = st.sampled_from(
        [
            Copy("shop", "INBOX", Role.WATCHED),
            Copy("shop", "INBOX", Role.WATCHED),
            Copy("shop", "INBOX", Role.WATCHED, answered=True),
            Copy("shop", "INBOX", Role.WATCHED, present=False),
            Copy("shop", "INBOX", Role.WATCHED, deleted=True),
        ]
    )
    return st.fixed_dictionaries(
        {
            "verdict": st.sampled_from(WORDS),
            "gmail_thread": st.sampled_from(["", "", "t1", "t2"]),
            "copies": st.tuples(flags),
            "reply_to": st.sampled_from([(), (), ("jan@werk.example",)]),
        }
    )


def _ours() -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "fingerprint": st.sampled_from(["", "ack"]),
            "is_notice": st.booleans(),
            "mentions": st.sampled_from([(), ("jan@klant.example",)]),
            "gmail_thread": st.sampled_from(["", "", "t1", "t2"]),
            "copies": st.tuples(
                st.sampled_from([Copy("shop", "Sent", Role.SENT), Copy("shop", "Sent", Role.SENT, draft=True)])
            ),
        }
    )


@dataclass(frozen=True, slots=True)
class Told:
    """All that matters of a conversation, whatever the order in which its copies came."""

    members: tuple[tuple[str, str, str, bool, bool], ...]
    case: cases.Case


def told(conversations: Iterable[Conversation]) -> set[Told]:
    """Sum conversations up."""
    return {Told(_members(conversation), cases.sum_up(conversation)) for conversation in conversations}


def _members(conversation: Conversation) -> tuple[tuple[str, str, str, bool, bool], ...]:
    return tuple((m.entry.key, m.part.value, m.link, m.is_ours, m.is_joined) for m in conversation.members)


def families(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Divide mails into families: those that names tie together."""
    found: list[tuple[set[str], list[Entry]]] = []
    for one in entries:
        names, together = set(family_names(one, OURS)), [one]
        apart = []
        for other_names, others in found:
            if names.isdisjoint(other_names):
                apart.append((other_names, others))
            else:
                names |= other_names
                together = [*others, *together]
        found = [*apart, (names, together)]
    return [entries for _, entries in found]


def bulk_of(entries: Sequence[Entry]) -> frozenset[str]:
    """Find the texts of machines among all mails."""
    ours = [one for one in entries if is_ours(one, OURS)]
    return bulk_acknowledgements((one for one in entries if one not in ours), ours)


@EXAMPLES
@given(mails(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(entries: list[Entry], chance: object) -> None:
    mixed = list(entries)
    chance.shuffle(mixed)  # type: ignore[attr-defined] # a random.Random

    assert told(build_conversations(entries, OURS)) == told(build_conversations(mixed, OURS))


@EXAMPLES
@given(mails(), st.randoms(use_true_random=False))
def test_copies_count_once_in_whatever_order_they_come(entries: list[Entry], chance: object) -> None:
    late = timedelta(seconds=5)
    elsewhere = Copy("bol", "INBOX", Role.WATCHED)
    copies = [replace(one, received_at=one.received_at + late, copies=(elsewhere,)) for one in entries]
    mixed = [*copies, *entries]
    chance.shuffle(mixed)  # type: ignore[attr-defined] # a random.Random

    assert told(build_conversations([*entries, *copies], OURS)) == told(build_conversations(mixed, OURS))


@EXAMPLES
@given(mails())
def test_building_family_by_family_is_building_everything_at_once(entries: list[Entry]) -> None:
    bulk = bulk_of(entries)
    by_family = [build_conversations(family, OURS, bulk) for family in families(entries)]

    assert told(build_conversations(entries, OURS)) == set().union(*map(told, by_family))


@EXAMPLES
@given(mails())
def test_every_mail_that_is_not_ours_is_in_exactly_one_conversation(entries: list[Entry]) -> None:
    placed: dict[str, int] = defaultdict(int)
    for conversation in build_conversations(entries, OURS):
        for member in conversation.members:
            placed[member.entry.key] += not member.is_ours

    theirs = [one.key for one in entries if not is_ours(one, OURS)]
    assert dict.fromkeys(theirs, 1) == {key: count for key, count in placed.items() if count}


@EXAMPLES
@given(mails())
def test_two_customers_never_share_a_conversation_but_by_joining(entries: list[Entry]) -> None:
    for conversation in build_conversations(entries, OURS):
        own = [m.entry for m in conversation.members if not m.is_ours and not m.is_joined]
        assert len({one.person.email for one in own if one.report is None and not one.automatic.proven}) <= 1


@EXAMPLES
@given(mails(CUSTOMERS[:1], prefix="a"), mails(CUSTOMERS[1:2], prefix="b"))
def test_mail_of_another_customer_changes_nothing(mine: list[Entry], others: list[Entry]) -> None:
    """Nothing but its rank and the finding of acknowledgements."""
    mine, others = _apart(mine, "jan"), _apart(others, "piet")
    bulk = bulk_of([*mine, *others])

    alone = told(build_conversations(mine, OURS, bulk)) | told(build_conversations(others, OURS, bulk))
    assert alone == told(build_conversations([*mine, *others], OURS, bulk))


def _apart(entries: list[Entry], house: str) -> list[Entry]:
    """Take out of the mails what ties two customers together by right: addresses that both write from or to."""
    return [
        replace(
            one,
            reply_to=(),
            mentions=(),
            recipients=tuple(email.replace("elders", house) for email in one.recipients),
        )
        for one in entries
    ]


@EXAMPLES
@given(mails(CUSTOMERS[:1], prefix="a"), st.sampled_from(["Iets anders", "Factuur"]), st.integers(0, 8))
def test_who_names_a_customers_mail_under_another_subject_changes_nothing_there(
    mine: list[Entry], subject: str, place: int
) -> None:
    named = mine[place % len(mine)]
    stranger = entry("x", "mallory@elders.example", at=timedelta(days=1), subject=subject, re=[named.key])

    with_stranger = told(build_conversations([*mine, stranger], OURS))
    assert with_stranger - told(build_conversations(mine, OURS)) == told(build_conversations([stranger], OURS))


@EXAMPLES
@given(mails())
def test_what_was_answered_stays_answered_unless_the_answer_bounced(entries: list[Entry]) -> None:
    bounced = {one.report.returned_id for one in entries if one.report is not None and one.report.action == "failed"}
    plain = [replace(one, fingerprint="") for one in entries]
    before: set[tuple[str, str]] = set()
    for moment in sorted({one.received_at for one in plain}):
        now = _answered([one for one in plain if one.received_at <= moment])
        assert {pair for pair in before if pair[1] not in bounced} <= now
        before = now


def _answered(entries: list[Entry]) -> set[tuple[str, str]]:
    """Pair each question that was answered with its answer."""
    return {
        (question.entry.key, one.answer.entry.key)
        for conversation in build_conversations(entries, OURS)
        for one in conversation.rounds
        if one.answer is not None and one.ending is Ending.ANSWERED
        for question in one.questions
    }


@EXAMPLES
@given(mails(), st.integers(0, 60 * 24 * 100))
def test_no_answer_is_due_before_the_question_came(entries: list[Entry], minutes: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    hours = SHOP_SETTINGS.opening_hours()
    for conversation in build_conversations(entries, OURS):
        case = cases.sum_up(conversation)
        row = rank.judge(case, now, hours, SHOP_SETTINGS.targets)
        assert row.due_at is None or (case.since is not None and case.since < row.due_at)


@settings(max_examples=50, deadline=None)
@given(mails(longest=7), st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_adding_in_steps_and_then_measuring_agrees_with_building_anew(entries: list[Entry], steps: list[int]) -> None:
    """What the store keeps up to date, step by step, is what would be built of all of it."""
    now = max(one.received_at for one in entries) + timedelta(hours=1)
    hours = SHOP_SETTINGS.opening_hours()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        for step in range(4):
            _add(store, [(uid, one) for uid, one in enumerate(entries, 1) if steps[uid - 1] == step])
            pipeline.update_conversations(store, SHOP_SETTINGS)
        kept = pipeline.build_queue(store, SHOP_SETTINGS, hours, now, everything=True)
        anew = pipeline.build_queue_at(store, SHOP_SETTINGS, hours, now)

    assert {_nameless(row) for row in anew} == {_nameless(row) for row in kept}
    assert rank.rank(kept, SHOP_SETTINGS.queue) == kept  # ranked one at a time, they stand as if ranked together


def _nameless(row: rank.Row) -> rank.Row:
    return replace(row, case=replace(row.case, id=""), rank=None)


def _add(store: Store, numbered: Iterable[tuple[int, Entry]]) -> None:
    """Keep mails as the sync does."""
    with store.transaction():
        for uid, one in numbered:
            place = one.copies[0]
            mailbox = store.mailbox(place.account, place.mailbox, place.role)
            bare = replace(one, copies=())
            ours, names = is_ours(one, OURS), family_names(one, OURS)
            flags = Flags(place.answered, place.deleted, place.draft)
            store.add(mailbox, [Arrival(uid, bare, "", b"", flags, ours, names)])
            if not place.present:
                store.mark_gone(mailbox.id, [uid])

"""What the owner decided: it holds from the moment it was made until it was undone, and teaches one account."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import MONDAY, OUT_OF_OFFICE, SHOP, closing, entry
from triage.cases import sum_up, to_decide
from triage.conversations import build_conversations
from triage.decisions import EVERY_ACCOUNT, Action, Decided, Decision, decided, kinds_decided, teaching
from triage.model import Closing, Ending, Kind, Status, Verdict
from triage.settings import OurAddresses

JAN = "jan@klant.example"
OURS = OurAddresses(frozenset({SHOP}), frozenset())
HOUR = timedelta(hours=1)


def entry_key_of(name: str) -> str:
    return entry(name, JAN, SHOP).key


def decision(kind: Kind = Kind.BUY, at: timedelta = HOUR, message_id: str = "q", **fields: object) -> Decision:
    mail = entry_key_of(message_id)
    return Decision(Action.CORRECT, MONDAY + at, message_id, "ab12", value=kind, mail=mail, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        pytest.param(None, False, id="now: it was undone"),
        pytest.param(MONDAY, False, id="before it was made"),
        pytest.param(MONDAY + HOUR, True, id="when it was made"),
        pytest.param(MONDAY + 2 * HOUR, True, id="before it was undone"),
        pytest.param(MONDAY + 3 * HOUR, False, id="after it was undone"),
    ],
)
def test_a_decision_holds_from_when_it_is_made_until_it_is_undone(at: object, holds: bool) -> None:
    assert decision(undone_at=MONDAY + 3 * HOUR).holds_at(at) is holds  # type: ignore[arg-type]


def test_of_several_decisions_about_a_mail_the_last_holds() -> None:
    later = decision(Kind.ANGRY, 2 * HOUR)

    assert kinds_decided([later, decision(Kind.BUY)]) == {entry_key_of("q"): Kind.ANGRY}


def test_the_owners_word_stands_above_headers_and_closing_words() -> None:
    mail = entry("q", JAN, SHOP, verdict=closing(Closing.THANKS), automatic=OUT_OF_OFFICE)

    found = decided(mail, Decided(kinds={mail.key: Kind.BOUGHT}))

    assert (found.verdict.kind, found.verdict.confidence, found.verdict.closing) == (Kind.BOUGHT, 1.0, Closing.NO)
    assert not found.automatic.proven
    assert decided(mail, Decided(kinds={"another": Kind.BOUGHT})) == mail


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param((Kind.BUY,), id="one mail"),
        pytest.param((Kind.ANGRY, Kind.BUY), id="anger before a question"),
        pytest.param((Kind.HAGGLE, Kind.ANGRY, Kind.KNOCK, Kind.BOUGHT), id="all sorts"),
        pytest.param((Kind.NONE,), id="nobody waits"),
    ],
)
def test_after_a_correction_the_conversation_is_of_that_kind(kinds: tuple[Kind, ...], kind: Kind) -> None:
    mails = [
        entry(f"q{number}", JAN, SHOP, number * HOUR, links=["q0"] if number else [], verdict=Verdict(mail, 0.9))
        for number, mail in enumerate(kinds)
    ]
    (conversation,) = build_conversations(mails, OURS)
    said = Decided(kinds={each.key: kind for each in to_decide(conversation, kind)})

    built = build_conversations([decided(mail, said) for mail in mails], OURS)

    assert {sum_up(corrected).verdict.kind for corrected in built} == {kind}


def test_an_account_learns_from_its_own_lessons_and_from_those_for_all() -> None:
    def lesson(name: str, word: str, account: str) -> list[Decision]:
        return [decision(message_id=f"{name}{n}", words=frozenset({word}), account=account) for n in range(3)]

    taught = teaching([*lesson("a", "klapspaan", "shop"), *lesson("b", "moerbei", EVERY_ACCOUNT)])

    assert [bool(taught.of("shop").pulls([word])) for word in ("klapspaan", "moerbei")] == [True, True]
    assert [bool(taught.of("workshop").pulls([word])) for word in ("klapspaan", "moerbei")] == [False, True]


def test_a_mail_that_was_corrected_twice_is_one_lesson() -> None:
    words = frozenset({"klapspaan"})
    corrections = [decision(kind, at, words=words) for kind, at in ((Kind.BUY, HOUR), (Kind.ANGRY, 2 * HOUR))]

    assert teaching(corrections).of("shop").counts == {"klapspaan": {Kind.ANGRY: 1}}


def done(name: str) -> Decided:
    return Decided(done={entry_key_of(name): True})


def test_what_was_closed_by_hand_does_not_start_the_clock_of_what_came_later() -> None:
    mails = [
        decided(mail, done("q1"))
        for mail in (
            entry("q1", JAN, SHOP),
            entry("q2", JAN, SHOP, 5 * HOUR, re=["q1"]),
            entry("a", SHOP, JAN, 6 * HOUR, re=["q2"]),
        )
    ]

    waiting, answered = (build_conversations(some, OURS)[0].rounds for some in (mails[:2], mails))

    assert [(each.since - MONDAY, each.ending) for each in waiting] == [
        (0 * HOUR, Ending.FILED),
        (5 * HOUR, Ending.OPEN),
    ]
    assert [(each.since - MONDAY, each.ending) for each in answered] == [
        (0 * HOUR, Ending.FILED),
        (5 * HOUR, Ending.ANSWERED),
    ]


def test_an_answer_to_what_was_closed_by_hand_is_its_answer() -> None:
    mails = [decided(entry("q1", JAN, SHOP), done("q1")), entry("a", SHOP, JAN, HOUR, re=["q1"])]

    (conversation,) = build_conversations(mails, OURS)

    assert [each.ending for each in conversation.rounds] == [Ending.ANSWERED]


def test_what_the_owner_takes_out_of_the_queue_stays_one_conversation() -> None:
    mails = [entry("q1", JAN, SHOP), entry("q2", JAN, SHOP, HOUR)]
    said = Decided(kinds={mail.key: Kind.NONE for mail in mails})

    (conversation,) = build_conversations([decided(mail, said) for mail in mails], OURS)

    assert (sum_up(conversation).status, len(conversation.members)) == (Status.NONE, 2)

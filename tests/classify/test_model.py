"""What the learnt part reads of a mail, and what it says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.classify.small_encoder import PIECES, small_encoder
from triage.classify import encoder, ngrams
from triage.classify.learnt import weights_name
from triage.classify.model import LONGEST, glance, judge, read, write
from triage.model import Address, Automatic, Flag, Kind, Message, Reason, Sender

WEIGHTS = small_encoder()
WIM = Address("wim@a.be", "Wim")
BULK = Automatic(Sender.BULK, signs=("List-Id: <x>",))
ROBOT = Address("noreply@a.be")


def message(
    text: str, subject: str = "", *, via: str = "", automatic: Automatic | None = None, sender: Address = WIM
) -> Message:
    now = datetime(2025, 3, 3, 9, tzinfo=UTC)
    return Message("1@a.be", now, sender, WIM, subject, text, automatic=automatic or Automatic(), via=via)


def letters(mail: Message) -> str:
    return "".join(PIECES[number] for number in write(mail, WEIGHTS.pieces).numbers)


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        pytest.param(message("te koop"), "<s></s>▁<unk>im▁wim▁a▁be</s></s>▁te▁koop</s>", id="plain"),
        pytest.param(message("ja", "wat"), "<s></s>▁<unk>im▁wim▁a▁be</s>▁wat</s>▁ja</s>", id="subject"),
        pytest.param(message("ja", via="form"), "<s>▁form</s>▁<unk>im▁wim▁a▁be</s></s>▁ja</s>", id="form"),
        pytest.param(message("ja", via="Etsy"), "<s>▁marketplace</s>▁<unk>im▁wim▁a▁be</s></s>▁ja</s>", id="relay"),
        pytest.param(
            message("ja", automatic=BULK, sender=ROBOT),
            "<s>▁bulk▁robot</s>▁<unk>im▁wim▁a▁be</s></s>▁ja</s>",
            id="hints of a machine",
        ),
    ],
)
def test_a_mail_is_read_with_its_way_its_sender_its_subject_and_its_words(mail: Message, expected: str) -> None:
    assert letters(mail) == expected


def test_of_a_long_mail_both_ends_are_read() -> None:
    written = letters(message("a" * 10 + " b" * 2000 + " c" * 10))
    assert (written.count("a") > 10, written.count("c"), len(write(message("b " * 2000), WEIGHTS.pieces).numbers)) == (
        True,
        10,
        LONGEST,
    )


def test_each_piece_knows_the_place_of_its_word() -> None:
    written = write(message("nee ja", "wat"), WEIGHTS.pieces)
    words = {"wat\n\nnee ja"[place:].split(maxsplit=1)[0] for place in written.places if place >= 0}
    assert words == {"wat", "nee", "ja"}


def test_likelihoods_are_shares_of_one() -> None:
    found = judge(message("waar is het", "pakket"), WEIGHTS, None)
    sums = (sum(found.kinds.values()), sum(found.reasons.values()))
    assert sums == pytest.approx((1, 1), abs=1e-3)
    assert (set(found.kinds), set(found.reasons), set(found.flags)) == (set(Kind), set(Reason), set(Flag))


def test_the_same_mail_is_judged_the_same() -> None:
    mail = message("waar is het", "pakket")
    assert judge(mail, WEIGHTS, None) == judge(mail, small_encoder(), None)


def test_what_decided_is_in_the_senders_own_words() -> None:
    found = judge(message("waar is het, beste winkel? ik wacht. dag", "pakket"), WEIGHTS, None)
    clauses = {"pakket", "waar is het", "beste winkel", "ik wacht", "dag"}
    assert found.because[found.kind]
    assert {clause for quoted in found.because.values() for clause in quoted} <= clauses


@pytest.mark.parametrize("text", ["", " ", "\n", "Ж", "a" * 50_000, "a, " * 17_000, "! " * 25_000])
def test_odd_text_is_judged_all_the_same(text: str) -> None:
    assert sum(judge(message(text), WEIGHTS, None).kinds.values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        pytest.param("Hebben jullie deze jas nog in maat M?", Kind.BUY, Reason.WHERE, id="nl buy"),
        pytest.param("My order has not arrived yet, could you check where it is?", Kind.BOUGHT, Reason.WHERE, id="en"),
        pytest.param("Wann haben Sie samstags geöffnet?", Kind.KNOCK, Reason.WHERE, id="de knock"),
        pytest.param("C'est une honte, vous êtes des voleurs. Remboursez-moi !", Kind.ANGRY, None, id="fr angry"),
        pytest.param("HEBBEN JULLIE DEZE JAS OOK IN MAAT 42", Kind.BUY, Reason.WHERE, id="calm capitals"),
    ],
)
def test_plain_mails_in_four_languages(text: str, kind: Kind, reason: Reason | None) -> None:
    found = read(message(text))
    assert found is not None
    assert (found.kind, found.reason if reason else None) == (kind, reason)


@pytest.mark.usefixtures("weights")
def test_the_weights_are_the_same_however_they_are_asked() -> None:
    shipped, plain = encoder.shipped(), ngrams.shipped()
    assert shipped is not None
    assert plain is not None
    assert plain.names == shipped.names
    mail = message("Waar blijft mijn pakket?")
    assert (read(mail), glance(mail)) == (judge(mail, shipped, plain), judge(mail, None, plain))
    assert weights_name().count("-") == 1


def test_weights_can_be_left_out() -> None:
    """As `tests/conftest.py` does for every test that does not ask for them."""
    mail = message("Waar blijft mijn pakket?")
    assert (weights_name(), read(mail), glance(mail)) == ("", None, None)

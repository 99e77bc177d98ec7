"""What the owner teaches: how far words pull, and that they pull no further."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.classify.learn import TOGETHER, WORD_CAP, Lesson, Lessons, common_words, learn, taught, words_of
from triage.classify.verdict import classify
from triage.model import Address, Kind, Message

WIM = Address("wim@klant.example", "Wim")


def lessons(kind: Kind, *texts: str) -> Lessons:
    return learn(Lesson(kind, words_of("", text)) for text in texts)


def message(text: str) -> Message:
    return Message("1@a.be", datetime(2025, 3, 3, 9, tzinfo=UTC), WIM, WIM, "", text)


@pytest.mark.parametrize(
    ("word", "known_by"),
    [
        pytest.param("Klapspaans", "klapspaan", id="plural or genitive"),
        pytest.param("klapspaan's", "klapspaan", id="with an apostrophe"),
        pytest.param("Fuss's", "fuss's", id="too short to be cut"),
        pytest.param("Wiltfluss", "wiltfluss", id="a double s is no plural"),
    ],
)
def test_one_of_a_thing_and_several_are_one_word(word: str, known_by: str) -> None:
    assert words_of(word, "") == {known_by}


def test_only_words_that_few_mails_hold_are_learnt() -> None:
    assert words_of("Vraag", "Hebben jullie nog een klapspaan?") == {"klapspaan", "een klapspaan"}


def test_one_mail_proves_nothing() -> None:
    assert lessons(Kind.BUY, "Nog een klapspaan?").pulls(["klapspaan"]) == {}


def test_a_word_pulls_further_the_more_often_it_was_taught_and_never_beyond_its_cap() -> None:
    pulls = [
        lessons(Kind.BUY, *["klapspaan"] * times).pulls(["klapspaan"])[Kind.BUY] for times in (2, 4, 10, 100, 10_000)
    ]

    assert pulls == sorted(pulls)
    assert 0 < pulls[0] < pulls[2] < pulls[-1] == WORD_CAP


@pytest.mark.parametrize("times", [2, 5, 50])
def test_many_words_together_pull_little_further_than_the_strongest(times: int) -> None:
    text = " ".join(f"klapspaan{letter}{other}" for letter in "abcdef" for other in "ghijkl")
    taught_often = lessons(Kind.BUY, *[text] * times)
    (alone,) = taught_often.pulls(["klapspaanag"]).values()

    assert taught_often.pulls(words_of("", text)) == {Kind.BUY: pytest.approx(TOGETHER * alone)}


def test_of_a_word_and_its_pairs_the_strongest_counts() -> None:
    shop = lessons(Kind.BUY, *["de klapspaan graag"] * 5)

    assert shop.pulls(["klapspaan", "de klapspaan", "klapspaan graag"]) == shop.pulls(["klapspaan"])


def test_words_are_no_pair_across_lines_and_sentences() -> None:
    assert words_of("Klapspaan", "snel even. Moerbei") & {"klapspaan snel", "even moerbei"} == frozenset()


def test_a_signature_in_two_mails_that_need_no_answer_hides_no_third() -> None:
    name = "Geertruida Oosterhuis-Vermeulen"
    shop = lessons(Kind.NONE, f"Tot ziens, {name}", f"Dag hoor, {name}")
    mail = message(f"Ik ben woedend! Waar blijft mijn geld?\n{name}")

    assert classify(mail, None, shop) == classify(mail)


def test_a_brand_that_was_taught_calms_nobody() -> None:
    likely = dict.fromkeys(Kind, 0.01) | {Kind.ANGRY: 0.94}

    assert taught(likely, {Kind.BOUGHT: 6.0})[Kind.ANGRY] > 0.8


def test_a_word_of_which_the_owner_is_of_two_minds_pulls_nowhere() -> None:
    both = learn(Lesson(kind, frozenset({"klapspaan"})) for kind in (Kind.BUY, Kind.BOUGHT) * 3)

    assert both.pulls(["klapspaan"]) == {}


def test_pulled_likelihoods_still_add_up_to_one() -> None:
    even = dict.fromkeys(Kind, 1 / len(Kind))
    pulled = taught(even, {Kind.HAGGLE: 2.0})

    assert sum(pulled.values()) == pytest.approx(1)
    assert max(pulled, key=pulled.__getitem__) is Kind.HAGGLE


def test_a_taught_word_decides_and_is_named() -> None:
    shop = lessons(Kind.BUY, *[f"Doe mij {number} de klapspaan maar" for number in ("één", "twee", "drie", "vier")])
    mail = message("Is de klapspaan daar?")

    untaught, verdict = classify(mail), classify(mail, None, shop)

    assert untaught.kind is not Kind.BUY
    assert (verdict.kind, verdict.because[0]) == (Kind.BUY, "de klapspaan")


def test_what_was_not_taught_is_judged_as_before() -> None:
    shop = lessons(Kind.BUY, *["Doe mij de klapspaan maar"] * 10)
    mail = message("Waar blijft mijn bestelling 104512? Ik wacht al een week.")

    assert classify(mail, None, shop) == classify(mail)


def test_the_common_words_are_those_of_every_language() -> None:
    assert {"bestelling", "order", "bestellung", "commande", "schoenen"} <= common_words()
    assert "klapspaan" not in common_words()


def test_a_long_mail_is_learnt_in_no_time() -> None:
    assert len(words_of("", "klapspaan" * 5_000 + " kl'ap" * 50_000)) <= 400

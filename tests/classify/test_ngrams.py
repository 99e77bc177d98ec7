"""The plain reader: features and their places, how much each counts, and what they add up to."""

from __future__ import annotations

import numpy as np
import pytest

from triage.classify.ngrams import PLACES, Ngrams, features_of, values_of

NAMES = ("kind buy", "kind bought")


def features(text: str, person: str = "", hints: tuple[str, ...] = ()) -> list[int]:
    return list(features_of(hints, person, text).numbers)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Waar IS het", "waar is het", id="capitals"),
        pytest.param("waar  is\nhet", "waar is het", id="blanks"),
        pytest.param("waar is het.", "waar, is het", id="commas and full stops"),
    ],
)
def test_what_tells_nothing_of_the_wish_is_not_read(first: str, second: str) -> None:
    assert features(first) == features(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(("is het waar",), ("waar is het",), id="order of words"),
        pytest.param(("waar is het?",), ("waar is het",), id="a question mark"),
        pytest.param(("waar", "jan"), ("waar jan",), id="the sender's name is no word of the text"),
        pytest.param(("waar", "", ("form",)), ("waar form",), id="a hint is no word of the text"),
    ],
)
def test_what_may_tell_something_is_read(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    assert sorted(features(*first)) != sorted(features(*second))  # type: ignore[arg-type]


def test_misspelt_and_compound_words_share_their_bits() -> None:
    whole, parts = set(features("verzendkosten")), set(features("verzendkostn"))
    assert len(whole & parts) > len(whole) / 2


def test_each_feature_knows_where_the_run_of_its_word_begins() -> None:
    text = "pakket\n\nwaar is-het"
    places = set(features_of(("form",), "Jan", text).places)
    assert places == {-1, 0, 8, 13}


def test_a_mail_has_length_one_and_repetition_counts_ever_less() -> None:
    rarity = np.ones(PLACES, np.float32)
    once, often = values_of(np.array([1, 2]), rarity), values_of(np.array([1, 1, 1, 2]), rarity)
    assert np.square(once).sum() == pytest.approx(1)
    assert often[:3].sum() / often[3] == pytest.approx(1 + np.log(3))


def test_rare_features_count_for_more() -> None:
    rarity = np.ones(PLACES, np.float32)
    rarity[1] = 3
    assert values_of(np.array([1, 2]), rarity).tolist() == pytest.approx([3 / 10**0.5, 1 / 10**0.5])


def test_contributions_add_up_to_the_score_of_the_model() -> None:
    weights = np.zeros((PLACES, 2), np.int8)
    weights[5], weights[7] = (100, 0), (0, -50)
    ones, none = np.ones(PLACES, np.float32), np.zeros(2, np.float32)
    model = Ngrams(weights, np.array([0.01, 0.02], np.float32), ones, none, NAMES)
    given = model.contributions([5, 7])
    assert given == pytest.approx(np.array([[1, 0], [0, -1]]) / 2**0.5)


@pytest.mark.parametrize("text", ["", " ", "Ж", "İ" * 10, "\ud800", "a" * 50_000, "a! " * 17_000])
def test_odd_text_is_read_all_the_same(text: str) -> None:
    assert all(0 <= feature < PLACES for feature in features(text))

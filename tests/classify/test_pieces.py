"""Words into pieces."""

from __future__ import annotations

import time

import pytest

from triage.classify.pieces import UNKNOWN, Pieces

NAMES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁a", "ab", "▁ab", "aba", "fi"]
SCORES = [0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -2.5, -3.5, -4.0, -9.0, -3.0]
PIECES = Pieces(NAMES, SCORES)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        pytest.param("ab", ["▁ab"], id="a whole word"),
        pytest.param("aab", ["▁a", "ab"], id="the likeliest way"),
        pytest.param("baba", ["▁", "b", "ab", "a"], id="two likely pieces before an unlikely long one"),
        pytest.param(" a \n\n a\t", ["▁a", "▁a"], id="white space only divides"),
        pytest.param("", [], id="nothing"),
        pytest.param("aЖb", ["▁a", "<unk>", "b"], id="an unknown letter"),
        pytest.param("ﬁ", ["▁", "fi"], id="a ligature is its letters"),
        pytest.param("<s>", ["▁", "<unk>", "<unk>", "<unk>"], id="nobody writes a mark of ours"),
    ],
)
def test_a_text_is_cut_the_likeliest_way(text: str, cut: list[str]) -> None:
    assert [NAMES[number] for number in PIECES.numbers(text)] == cut


@pytest.mark.parametrize("text", ["a" * 50_000, "ab " * 17_000, "Ж" * 50_000, "\u200b" * 50_000, "a\u0301" * 25_000])
def test_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    start = time.perf_counter()
    numbers = PIECES.numbers(text)
    assert len(numbers) <= len(text)
    assert time.perf_counter() - start < 1


def test_only_the_beginning_of_an_endless_word_is_read() -> None:
    assert PIECES.numbers("Ж" * 500) == [4, *[UNKNOWN] * 100]

"""Text to the numbers of word pieces: the unigram tokeniser that the encoder was trained with.

A word is cut into the pieces whose scores add up to most (Kudo 2018, "Subword Regularization"; SentencePiece). A letter
that no piece has becomes `UNKNOWN`. Time is in proportion to the text: no piece has more than sixteen letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START, PADDING, END, UNKNOWN = 0, 1, 2, 3
_BORDER = "▁"  # stands before a word
_LONGEST_WORD = 100  # letters: what is longer is no word, and its beginning tells as much
_REMEMBERED = 20_000  # words


class Pieces:
    """The vocabulary: each piece's number is its place, and the higher its score the likelier it is."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces) if number > UNKNOWN}
        self._scores = scores
        self._longest = max(map(len, pieces))
        self._worst = min(scores) - 10.0  # SentencePiece's own penalty for an unknown letter
        self._cut: Callable[[str], tuple[int, ...]] = lru_cache(_REMEMBERED)(self._segment)

    def numbers(self, text: str) -> list[int]:
        """Cut a text into pieces, without the marks for its start and end."""
        words = unicodedata.normalize("NFKC", text).split()
        return [number for word in words for number in self._cut(_BORDER + word[:_LONGEST_WORD])]

    def _segment(self, word: str) -> tuple[int, ...]:
        """Find the best way through the word (Viterbi): for each end the best last piece."""
        best = [0.0] + [float("-inf")] * len(word)
        last: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(word) + 1)
        for start in range(len(word)):
            self._extend(word, start, best, last)
        numbers: list[int] = []
        end = len(word)
        while end:
            end, number = last[end]
            numbers.append(number)
        return tuple(reversed(numbers))

    def _extend(self, word: str, start: int, best: list[float], last: list[tuple[int, int]]) -> None:
        """Try every piece that begins at `start`."""
        unknown = best[start] + self._worst
        if unknown > best[start + 1]:
            best[start + 1], last[start + 1] = unknown, (start, UNKNOWN)
        for end in range(start + 1, min(start + self._longest, len(word)) + 1):
            number = self._numbers.get(word[start:end])
            if number is not None and (score := best[start] + self._scores[number]) > best[end]:
                best[end], last[end] = score, (start, number)

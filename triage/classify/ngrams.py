"""The plain reader: which words, pairs of words and bits of words stand in a mail, weighed by a linear model.

It has no idea what a sentence means, but it never overlooks a word: alone it is quick enough for every mail that comes
in, and beside the network it is right where that reads too much into one. Features are hashed (Weinberger 2009), so
there is no list of words to load; a score is a sum over them, so what each gave to it is known.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from triage.classify.learnt import NGRAMS, weights_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    from triage.classify.encoder import Floats

PLACES = 1 << 17
"""Rows of the table. Some features share one; the model was trained that way."""

SHORTEST, LONGEST = 3, 5  # letters of the bits of words, the blanks around a word included
_RUN = re.compile(r"\S+")
_WORD = re.compile(r"\w+|[!?]+")


@dataclass(frozen=True, slots=True)
class Ngrams:
    """A linear model: `weights` is (PLACES, scores) of whole numbers, times `scale` for each score.

    `rarity` is by how much a feature counts for being rare (inverse document frequency).
    """

    weights: NDArray[np.int8]
    scale: Floats
    rarity: Floats
    bias: Floats
    names: tuple[str, ...]  # of the scores

    def contributions(self, features: Sequence[int]) -> Floats:
        """Give what each feature adds to each score, as (features, scores); the scores are their sum and `bias`."""
        numbers = np.asarray(features, np.int64)
        values = values_of(numbers, self.rarity)
        given: Floats = self.weights[numbers] * values[:, None] * self.scale
        return given


def values_of(features: NDArray[np.int64], rarity: Floats) -> Floats:
    """Say how much each occurrence of a feature counts in its mail.

    The first as one and all further ones ever less (1 + log n), times its rarity; and the mail as a whole has length
    one (Euclid), so that a long letter weighs no more than a line.
    """
    unique, place, count = np.unique(features, return_inverse=True, return_counts=True)
    values = (1 + np.log(count, dtype=np.float32)) * rarity[unique]
    values /= np.sqrt(np.square(values).sum()) or 1
    shared: Floats = (values / count)[place].astype(np.float32)
    return shared


class Features(NamedTuple):
    """What the plain reader sees of a mail: `numbers` of features, and of each where in the text it stands, or -1."""

    numbers: array[int]
    places: array[int]


def features_of(hints: Iterable[str], person: str, text: str) -> Features:
    """Give the features of a mail: hints, the sender, words, pairs of them, bits of them.

    Their places are those where the run of letters and marks begins in which a word stands; of a pair, the first word.
    """
    sender = _WORD.findall(person.lower())
    numbers = array("i", [_hashed(f"hint {hint}") for hint in hints])
    numbers.extend(_hashed(f"from:{word}") for word in sender)
    numbers.extend(_hashed(f"from:{first} {second}") for first, second in pairwise(sender))
    places = array("i", [-1]) * len(numbers)
    found = [(word, run.start()) for run in _RUN.finditer(text.lower()) for word in _WORD.findall(run.group())]
    for word, start in found:
        own = _of_word(word)
        numbers += own
        places += array("i", [start]) * len(own)
    for (first, start), (second, _) in pairwise(found):
        numbers.append(_hashed(f"{first} {second}"))
        places.append(start)
    return Features(numbers, places)


@lru_cache(maxsize=8_000)  # some four megabytes
def _of_word(word: str) -> array[int]:
    """Give the features of a word and of its bits."""
    whole = f" {word} "
    bits = (
        _hashed(f"~{whole[start : start + length]}")
        for length in range(SHORTEST, LONGEST + 1)
        for start in range(len(whole) - length + 1)
    )
    return array("i", [_hashed(word), *bits])


def _hashed(feature: str) -> int:
    return crc32(feature.encode("utf-8", "replace")) % PLACES


def shipped() -> Ngrams | None:
    """Load the model that came with the program, once; None where it is missing."""
    source = weights_file(NGRAMS)
    return _opened(source) if source else None


@cache
def _opened(source: Path) -> Ngrams:
    with source.open("rb") as file:
        return load(file)


def load(file: IO[bytes]) -> Ngrams:
    """Read a model as `training` wrote it."""
    with np.load(file, allow_pickle=False) as arrays:
        return Ngrams(
            weights=arrays["weights"].astype(np.int8, copy=False),
            scale=arrays["scale"].astype(np.float32),
            rarity=arrays["rarity"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            names=tuple(arrays["names"].tobytes().decode("utf-8").split("\n")),
        )

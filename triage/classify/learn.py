"""What the owner taught: corrections and confirmations, as counts of words per kind.

The hard truth: ten corrections of a shop's own idiom shall turn the next mails that hold it, and nothing else. So only
words that mails at large hardly ever hold can pull, each no further than a cap, all together no further than another;
and a word pulls only as far as the owner was of one mind about it.
"""

from __future__ import annotations

import math
import re
from collections import ChainMap, defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WORD_CAP = 4.5
"""How far one word can pull, in natural logarithms of odds: ninety to one, after a dozen lessons of one mind."""

TOGETHER = 1.5
"""How far all words of a mail can pull together, in times what the strongest of them does."""

LEAST_LESSONS = 2
"""A word must have stood in this many taught mails before it pulls: one mail proves nothing about its words."""

LEAST_LESSONS_FOR_NONE = 5
"""The same before it pulls towards `none`, which hides a mail: a signature in two of them must not hide the third."""

SHORTEST = 3  # letters of a word by which a mail can be known
COMMON_WORDS = "common_words.txt"
MOST_NAMED = 3  # words that are named as having decided

_STRENGTH = 1.8  # times the logarithm of the number of lessons
_NEVER = 0.03  # likelihood below which the model's word is not taken: it has not seen this shop
_SURELY_ANGRY = 0.8  # likelihood of anger from which no lesson turns it into something calm
_ANGER = frozenset({Kind.ANGRY, Kind.HAGGLE})
_SHORTEST_STEM = 5  # letters
_LONGEST = 4_000  # characters that are read
_MOST = 400  # words and pairs that are kept of one mail
_CLAUSES = re.compile(r"[\n.!?;:,()]+")
_PIECE = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the owner said of one mail: the right kind, and the words by which it will be known again."""

    kind: Kind
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lessons:
    """The counts of a shop: in how many taught mails of each kind a word stood."""

    counts: Mapping[str, Mapping[Kind, int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.counts)

    def without(self, lesson: Lesson) -> Lessons:
        """Give what was taught but for one lesson; the rest is shared, not copied."""
        fewer = {
            word: {kind: count - (kind is lesson.kind) for kind, count in self.counts[word].items()}
            for word in lesson.words & self.counts.keys()
        }
        return Lessons(ChainMap(fewer, self.counts))  # type: ignore[arg-type] # nothing is written to it

    def pulls(self, words: Iterable[str]) -> dict[Kind, float]:
        """Say how far the words of a mail pull towards each kind, in natural logarithms of odds.

        Of a word and the pairs in which it stands the strongest counts.
        """
        found: dict[Kind, list[float]] = defaultdict(list)
        taken: set[str] = set()
        for strength, word, kind in sorted(self._strengths(words), reverse=True):
            if taken.isdisjoint(word.split()):
                taken.update(word.split())
                found[kind].append(strength)
        return {kind: min(sum(each), TOGETHER * max(each)) for kind, each in found.items()}

    def decisive(self, words: Iterable[str], kind: Kind) -> tuple[str, ...]:
        """Name the words of a mail that pull most towards a kind, strongest first."""
        found = sorted((-strength, word) for strength, word, towards in self._strengths(words) if towards is kind)
        return tuple(word for _, word in found[:MOST_NAMED])

    def _strengths(self, words: Iterable[str]) -> Iterator[tuple[float, str, Kind]]:
        for word in words:
            counted = self.counts.get(word)
            total = sum(counted.values()) if counted else 0
            if not counted or not total:
                continue
            kind, most = max(counted.items(), key=lambda item: item[1])
            agreement = (2 * most - total) / total  # 1: always this kind; 0 or less: the owner was of two minds
            if agreement > 0 and most >= (LEAST_LESSONS_FOR_NONE if kind is Kind.NONE else LEAST_LESSONS):
                yield min(WORD_CAP, _STRENGTH * math.log(most)) * agreement, word, kind


NOTHING_TAUGHT = Lessons()


def learn(lessons: Iterable[Lesson]) -> Lessons:
    """Count what was taught."""
    counts: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    for lesson in lessons:
        for word in lesson.words:
            counts[word][lesson.kind] += 1
    return Lessons({word: dict(kinds) for word, kinds in counts.items()})


def words_of(subject: str, text: str) -> frozenset[str]:
    """Give the words and pairs of words by which a mail can be known again: none that any mail may hold."""
    everyday = common_words()
    found: set[str] = set()
    for clause in _CLAUSES.split(f"{subject}\n{text[:_LONGEST]}"):
        folded = folded_words(clause)
        single = {word for word in folded if len(word) >= SHORTEST and word not in everyday}
        found |= single | {f"{one} {two}" for one, two in pairwise(folded) if one in single or two in single}
    return frozenset(sorted(found)[:_MOST])


def folded_words(text: str) -> list[str]:
    """Give the words in lower case and without the s of plurals and genitives, as they follow one another."""
    return [_without_s(piece.group().casefold()) for piece in _PIECE.finditer(text)]


def _without_s(word: str) -> str:
    """Let one of a thing and several of it be one word: kruintjes, klapspaan's; short words are left alone."""
    stem = word.removesuffix("s").removesuffix("'").removesuffix("’")
    return stem if len(stem) >= _SHORTEST_STEM and not stem.endswith("s") else word


@cache
def common_words() -> frozenset[str]:
    """Give the words that stand in more than one of three hundred mails of the training set, whatever their kind."""
    listed = (files("triage.classify") / COMMON_WORDS).read_text("utf-8")
    return frozenset(line for line in listed.splitlines() if not line.startswith("#"))


def taught(likelihoods: Mapping[Kind, float], pulls: Mapping[Kind, float]) -> dict[Kind, float]:
    """Weigh how likely each kind is (adding up to one) with how far the owner's lessons pull.

    What is surely angry stays so: a brand that was taught as `bought` calms nobody.
    """
    if sum(likelihoods[kind] for kind in _ANGER) >= _SURELY_ANGRY:
        pulls = {kind: pull for kind, pull in pulls.items() if kind in _ANGER}
    weighed = {kind: max(likely, _NEVER) * math.exp(pulls.get(kind, 0.0)) for kind, likely in likelihoods.items()}
    return {kind: weight / sum(weighed.values()) for kind, weight in weighed.items()}

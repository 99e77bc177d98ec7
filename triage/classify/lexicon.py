"""The cues of a language, read once from `cues/*.toml` and found in a text."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from triage.classify.words import Lexicon, fold_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.classify.words import Hit, Text

LANGUAGES = ("nl", "en", "de", "fr")
_NEGATED_WITHIN = 3  # words between a negator and what it negates


class Cue(NamedTuple):
    """A phrase of one table that was found: its weight, where it stands, and whether a negator stands by it."""

    weight: int
    hit: Hit
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Cues:
    """All phrases of a language; `tables` tells what each speaks for, as pairs of table and weight."""

    lexicon: Lexicon
    tables: Mapping[str, tuple[tuple[str, int], ...]]
    negators: frozenset[str]

    def find(self, text: Text) -> dict[str, list[Cue]]:
        """Find the cues in a text, by table; each phrase counts once, where it stands first."""
        found: dict[str, dict[str, Cue]] = {}
        for hit in self.lexicon.find(text):
            for table, weight in self.tables[hit.phrase]:
                cue = Cue(weight, hit, self._negated(text, hit))
                first = found.setdefault(table, {}).setdefault(hit.phrase, cue)
                if first.negated and not cue.negated:
                    found[table][hit.phrase] = cue
        return {table: list(by_phrase.values()) for table, by_phrase in found.items()}

    def _negated(self, text: Text, hit: Hit) -> bool:
        words = text.words
        clause = words[hit.first].clause
        if any(word.folded in self.negators for word in words[hit.first : hit.last]):
            return False
        before = words[max(0, hit.first - _NEGATED_WITHIN) : hit.first]
        after = words[hit.last : hit.last + 1]
        return any(word.folded in self.negators and word.clause == clause for word in (*before, *after))


@cache
def cues_of(language: str, only: frozenset[str] | None = None) -> Cues:
    """Read the cues of one of `LANGUAGES`, of all tables or of some."""
    source = (files("triage.classify.cues") / f"{language}.toml").read_text("utf-8")
    tables = tomllib.loads(fold_lines(source))
    lists = tables.pop("words")
    spoken: dict[str, list[tuple[str, int]]] = {}
    for phrase, table, weight in _phrases(tables):
        if only is None or table in only:
            spoken.setdefault(phrase, []).append((table, weight))
    negators = frozenset(lists["negator"].split("|"))
    return Cues(Lexicon(spoken, lists), {phrase: tuple(pairs) for phrase, pairs in spoken.items()}, negators)


def _phrases(tables: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, int]]:
    for table, by_weight in tables.items():
        for weight, written in by_weight.items():
            for phrase in written.replace("\n", ",").split(","):
                if phrase := phrase.strip():
                    yield phrase, table, int(weight)


def find_cues(text: Text, language: str, only: frozenset[str] | None = None) -> dict[str, list[Cue]]:
    """Find the cues of a language in a text, by table; those of every language where it is unknown."""
    merged: dict[str, list[Cue]] = {}
    for known in (language,) if language in LANGUAGES else LANGUAGES:
        for table, cues in cues_of(known, only).find(text).items():
            merged.setdefault(table, []).extend(cues)
    return merged

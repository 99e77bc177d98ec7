"""What a mail holds besides its kind: threats, dates that matter, and an earlier mail that nobody answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.classify.lexicon import find_cues
from triage.classify.words import read_text
from triage.model import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.classify.lexicon import Cue

_NEGATABLE = frozenset({Flag.LEGAL, Flag.REVIEW})
_BY_WORDS = (Flag.LEGAL, Flag.REVIEW, Flag.DEADLINE, Flag.REPEAT)
TABLES = frozenset({*_BY_WORDS, *(f"innocent_{flag}" for flag in _BY_WORDS)})
"""The tables of cues that are asked about here."""


def flags_in(text: str, language: str) -> frozenset[Flag]:
    """Tell which flags the words of a text raise; never `carrier`, which asks whose parcel it is."""
    return flags_of(find_cues(read_text(text), language))


def flags_of(found: Mapping[str, Sequence[Cue]]) -> frozenset[Flag]:
    """Tell which flags are raised by cues that were found."""
    return frozenset(flag for flag in _BY_WORDS if flag_cues(found, flag))


def flag_cues(found: Mapping[str, Sequence[Cue]], flag: Flag) -> list[Cue]:
    """Keep the cues that raise a flag: neither negated nor part of an innocent phrase ("I read good reviews")."""
    innocent = found.get(f"innocent_{flag}", ())
    return [
        cue
        for cue in found.get(flag, ())
        if not (cue.negated and flag in _NEGATABLE) and not any(_overlap(cue, other) for other in innocent)
    ]


def _overlap(cue: Cue, other: Cue) -> bool:
    return cue.hit.first < other.hit.last and other.hit.first < cue.hit.last

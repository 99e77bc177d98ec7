"""How well verdicts fit labels: precision, recall and F1 of each class, confusion, calibration. Pure counting.

A class that neither the labels nor the verdicts hold has no score and does not count in a mean.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.classify.rows import Row
    from triage.model import Verdict

_BINS = 10


class Pair(NamedTuple):
    """A labelled mail and what the classifier made of it."""

    row: Row
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """How often a class was rightly found, wrongly found, and missed."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    @property
    def precision(self) -> float:
        """Of what was found, the share that was right; 1 where nothing was found."""
        found = self.hits + self.false_alarms
        return self.hits / found if found else 1.0

    @property
    def recall(self) -> float:
        """Of what was there, the share that was found; 1 where nothing was there."""
        there = self.hits + self.misses
        return self.hits / there if there else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        all_sides = 2 * self.hits + self.false_alarms + self.misses
        return 2 * self.hits / all_sides if all_sides else 1.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts of about the same confidence: how many, how confident on average, and the share that was right."""

    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that is counted over a set of labelled mails."""

    mails: int
    kinds: Mapping[str, Score]
    reasons: Mapping[str, Score]
    flags: Mapping[str, Score]
    languages: Mapping[str, Score]
    confusion: Mapping[tuple[str, str], int]  # (label, verdict) of the kind
    calibration: tuple[Bin, ...]
    people: int  # mails whose label is any kind but `none`
    taken_for_none: int  # of those
    unsure: int

    @property
    def calibration_error(self) -> float:
        """The mean distance between confidence and share of right kinds (expected calibration error)."""
        gaps = sum(each.count * abs(each.confidence - each.right) for each in self.calibration)
        return gaps / self.mails if self.mails else 0.0


def evaluate(pairs: Sequence[Pair], *, kinds_only: bool = False) -> Evaluation:
    """Count over all mails; those without a language label do not count for the language."""
    kinds = [(pair.row.kind.value, pair.verdict.kind.value) for pair in pairs]
    return Evaluation(
        mails=len(pairs),
        kinds=score_classes(kinds, [kind.value for kind in Kind]),
        reasons={}
        if kinds_only
        else score_classes(
            [(pair.row.reason.value, pair.verdict.reason.value) for pair in pairs], [reason.value for reason in Reason]
        ),
        flags={} if kinds_only else _score_flags(pairs),
        languages=score_classes((pair.row.language, pair.verdict.language) for pair in pairs if pair.row.language),
        confusion=Counter(kinds),
        calibration=calibrate((pair.verdict.confidence, pair.row.kind == pair.verdict.kind) for pair in pairs),
        people=sum(pair.row.kind is not Kind.NONE for pair in pairs),
        taken_for_none=sum(pair.row.kind is not Kind.NONE and pair.verdict.kind is Kind.NONE for pair in pairs),
        unsure=sum(pair.verdict.unsure for pair in pairs),
    )


def score_classes(pairs: Iterable[tuple[str, str]], order: Iterable[str] = ()) -> dict[str, Score]:
    """Score each class that labels or verdicts hold, those of `order` first; `pairs` are (label, verdict)."""
    counts = Counter(pairs)
    labels, verdicts = (Counter[str](), Counter[str]())
    for (label, verdict), count in counts.items():
        labels[label] += count
        verdicts[verdict] += count
    names = [name for name in dict.fromkeys((*order, *sorted({*labels, *verdicts}))) if labels[name] or verdicts[name]]
    hits = {name: counts[name, name] for name in names}
    return {name: Score(hits[name], verdicts[name] - hits[name], labels[name] - hits[name]) for name in names}


def _score_flags(pairs: Iterable[Pair]) -> dict[str, Score]:
    counts = Counter((flag, flag in pair.row.flags, flag in pair.verdict.flags) for pair in pairs for flag in Flag)
    return {
        flag.value: Score(counts[flag, True, True], counts[flag, False, True], counts[flag, True, False])
        for flag in Flag
    }


def macro_f1(scores: Mapping[str, Score]) -> float:
    """Give the plain mean of F1 over the classes that are there: a rare class counts as much as a common one."""
    held = [score.f1 for score in scores.values() if score.hits + score.misses]
    return sum(held) / len(held) if held else 1.0


def calibrate(points: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Sort (confidence, was right) into tenths of confidence; empty tenths are left out."""
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in points:
        sorted_in.setdefault(min(_BINS - 1, int(confidence * _BINS)), []).append((confidence, right))
    return tuple(
        Bin(len(group), sum(point[0] for point in group) / len(group), sum(point[1] for point in group) / len(group))
        for _, group in sorted(sorted_in.items())
    )

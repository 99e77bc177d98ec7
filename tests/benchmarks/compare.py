"""Compare two runs of the benchmarks: what became slower or faster beyond the noise.

    python -m tests.benchmarks.compare OLD NEW

How the noise is judged: each row has the figure of every single round. Their median absolute deviation (times 1.4826:
what the standard deviation would be, were it not for outliers) gives the standard error of the median. A row changed
when its two medians lie more than three such errors of both together apart, and more than 5 % of what was measured (for
fewer than five rounds: 15 %). Round trips are counted, not timed: any difference is one. Within a run all figures but
seconds and MB are ratios, so two machines may be compared by those alone.
The status is 1 when something became slower.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from math import hypot, sqrt
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.results import Results, Unit, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.results import Row

_ERRORS = 3
_ENOUGH_ROUNDS = 5
_LEAST, _LEAST_OF_FEW = 0.05, 0.15
_MUST_AGREE = ("size", "machine", "python")


@dataclass(frozen=True, slots=True)
class Change:
    """A row in two runs; `beyond` says how large a difference would be no noise."""

    old: Row
    new: Row
    difference: float
    beyond: float

    @property
    def word(self) -> str:
        """Say what happened; less is better in every unit."""
        if abs(self.difference) <= self.beyond:
            return ""
        return "SLOWER" if self.difference > 0 else "faster"


def changes(old: Results, new: Results) -> Iterator[Change]:
    """Compare the rows that both runs have."""
    before = {each.key: each for each in old.rows}
    for row in new.rows:
        known = before.get(row.key)
        if known is not None and known.figure is not None and row.figure is not None:
            yield Change(known, row, row.figure - known.figure, _noise(known, row))


def _noise(old: Row, new: Row) -> float:
    if old.unit is Unit.TRIPS:
        return 0.0
    least = _LEAST if min(len(old.rounds), len(new.rounds)) >= _ENOUGH_ROUNDS else _LEAST_OF_FEW
    return max(_ERRORS * hypot(_error(old.rounds), _error(new.rounds)), least * _scale(old))


def _scale(row: Row) -> float:
    """Say how large what was measured is: for a difference that is not the figure, but the longer of the two."""
    longest = max((median(each.seconds for each in runs) for runs in row.taken.values()), default=0.0)
    return max(abs(row.figure or 0.0), longest if row.unit is Unit.SECONDS else 0.0)


def _error(rounds: Sequence[float]) -> float:
    """Give the standard error of the median, as far as so few rounds tell."""
    if len(rounds) < 2:
        return 0.0
    middle = median(rounds)
    return 1.2533 * 1.4826 * median(abs(each - middle) for each in rounds) / sqrt(len(rounds))


def told(old: Results, new: Results) -> str:
    """Lay the comparison out for people."""
    lines = [
        f"{name} differs: {old.facts.get(name)} | {new.facts.get(name)}"
        for name in _MUST_AGREE
        if old.facts.get(name) != new.facts.get(name)
    ]
    for change in changes(old, new):
        figures = (
            f"{written(change.old.figure or 0, change.old.unit)} -> {written(change.new.figure or 0, change.new.unit)}"
        )
        noise = f"(noise {written(change.beyond, change.new.unit)})"
        lines.append(f"{change.word:<6}  {change.new.key:<18}  {figures:<22}  {noise:<18}  {change.new.what}")
    shared = {change.new.key for change in changes(old, new)}
    lines.extend(f"only in one: {row.key}" for row in (*old.rows, *new.rows) if row.key not in shared)
    return "\n".join(dict.fromkeys(lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison of two files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args(arguments)
    old, new = Results.read(options.old), Results.read(options.new)
    sys.stdout.write(f"{told(old, new)}\n")
    return int(any(change.word == "SLOWER" for change in changes(old, new)))


if __name__ == "__main__":
    sys.exit(main())

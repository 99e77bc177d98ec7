"""The labelled mails, who wrote them, and which are almost the same.

Authors, not mails, are divided into sides: a hand has its own turns of phrase, and having met them proves nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from triage.classify.rows import message_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.classify.rows import Row
    from triage.model import Message

MAILS = Path(__file__).parent / "mails"
TEST = frozenset({"nl-26", "nl-27", "en-26", "en-27", "de-21", "de-22", "fr-21", "fr-22"})
"""Never trained on, never chosen by."""

DEVELOPMENT = frozenset({"nl-23", "en-23", "de-18", "fr-20"})
"""What was chosen was chosen by these."""

ALIKE = 0.5  # share of common runs of words from which two mails count as near-duplicates
_RUN = 3  # words
_SKETCH = 24  # of the runs' hashes, the smallest: two mails that share none of these are not compared


@dataclass(frozen=True)
class Example:
    """A labelled mail, and as the program reads it."""

    row: Row
    message: Message


def load(folder: Path = MAILS) -> list[Example]:
    """Read all mails, authors in the order of their names."""
    paths = sorted(folder.glob("*.jsonl"))
    rows = [row for path in paths for row in read_rows(path.read_text("utf-8").splitlines())]
    return [Example(row, message_of(row)) for row in rows]


def side_of(author: str) -> str:
    """Tell on which side of the split an author is."""
    return "test" if author in TEST else "development" if author in DEVELOPMENT else "train"


def near_duplicates(examples: Sequence[Example], alike: float = ALIKE) -> Iterator[tuple[float, Row, Row]]:
    """Yield pairs of people's mails that share `alike` of their runs of three words (Jaccard), a pair once.

    Bounces are written by a few programs and are all alike; of a word or two nothing can be said.
    """
    examples = [
        each for each in examples if not each.message.automatic.proven and len(each.message.text.split()) > _RUN
    ]
    runs = [_runs(example.message.text) for example in examples]
    for first, second in sorted(_candidates(runs)):
        share = len(runs[first] & runs[second]) / len(runs[first] | runs[second])
        if share >= alike:
            yield share, examples[first].row, examples[second].row


def _runs(text: str) -> frozenset[int]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(crc32(" ".join(words[at : at + _RUN]).encode()) for at in range(max(1, len(words) - _RUN + 1)))


def _candidates(runs: Sequence[frozenset[int]]) -> set[tuple[int, int]]:
    by_run: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(runs):
        for run in sorted(found)[:_SKETCH]:
            by_run[run].append(number)
    return {pair for numbers in by_run.values() for pair in combinations(numbers, 2)}

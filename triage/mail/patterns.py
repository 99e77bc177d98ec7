"""Regular expressions that are compiled when the first mail needs them.

The hard truth: words in four languages make patterns that take longer to compile than all else at start-up, and most
runs of the program read no mail at all. So such a pattern stays text, and this is the one place that compiles it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern once; its flags stand in it, as in `(?i)`."""
    return re.compile(pattern)


class Phrases(NamedTuple):
    """A pattern of many phrases, and words of which it cannot match without one: they are looked for first.

    A pattern with alternatives is tried at each character of a text, which takes ten times as long as finding that
    none of the words is there. `tests/mail/test_patterns.py` proves that the words are those of the pattern.
    """

    pattern: str
    words: frozenset[str]

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first phrase in a text."""
        return compiled(self.pattern).search(text) if any(map(text.__contains__, self.words)) else None

"""Regular expressions that are compiled when the first mail needs them.

The hard truth: words in four languages make patterns that take longer to compile than all else at start-up, and most
runs of the program read no mail at all. So such a pattern stays text, and this is the one place that compiles it.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern once; its flags stand in it, as in `(?i)`."""
    return re.compile(pattern)

"""Short names for conversations, easy to type and to read over the telephone.

No vowels, so that no word comes out; a letter first and no `e`, `r` or `t`, so that no spreadsheet takes one for a
number (1e5) or a date (mrt5).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = "bcdfghjkmnpqsvwxz"
_SIGNS = _LETTERS + "23456789"
_SHORTEST = 4


def new_id(message_id: str) -> Iterator[str]:
    """Give names for the conversation of this message, each longer than the one before: take the first that is free."""
    rest = int.from_bytes(hashlib.sha256(message_id.encode("utf-8", "replace")).digest(), "big")
    rest, place = divmod(rest, len(_LETTERS))
    name = _LETTERS[place]
    while True:
        if len(name) >= _SHORTEST:
            yield name
        rest, place = divmod(rest, len(_SIGNS))
        name += _SIGNS[place]

"""What the readers of text share: the mark of a signature, characters that nobody sees, and parts of a mail."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from triage.mail.scrub import all_shows

if TYPE_CHECKING:
    from collections.abc import Iterator


SIGNATURE = "\ufdd1"
"""Stands before a line of which HTML says that it is signature: a Unicode noncharacter, so never in a mail's text."""

INVISIBLE = dict.fromkeys(
    (
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"),
        *map(ord, "\u00ad\u034f\u061c\u1427\u180e\ufeff"),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    )
)
"""Preheaders' fillers, Outlook's bidirectional marks, Mailtrack's `ᐧ`, and controls that `&#27;` can bring back."""


_INVISIBLE = re.compile(f"[{''.join(map(chr, INVISIBLE))}]+")


def visible(text: str) -> str:
    """Leave out what is `INVISIBLE`."""
    return text if all_shows(text) else _INVISIBLE.sub("", text)


def words(text: str) -> frozenset[str]:
    """Give the words of a list."""
    return frozenset(text.split())


def either(*phrases: str) -> str:
    """Join regular expressions to one that takes any of them."""
    return f"(?:{'|'.join(phrases)})"


REACH = 400
"""How much of a line is looked at: no mark is longer, and hostile lines stay cheap."""


BAR = re.compile(r"[-_=*~#—–]{3,}\s*$|__$")


class Part(Enum):
    """What a line is."""

    NEWEST = auto()
    HISTORY = auto()
    SIGNATURE = auto()


def squeezed(lines: list[str]) -> Iterator[str]:
    """Leave out empty lines at either end, and all but one where several stand together."""
    before_bare = True
    waiting: str | None = None
    for line in lines:
        if is_bare(line):
            waiting = None if before_bare else line
            continue
        if waiting is not None:
            yield waiting
        waiting, before_bare = None, False
        yield line


def is_bare(line: str) -> bool:
    """Say whether a line holds nothing but quote marks."""
    return not line.strip("> " + SIGNATURE)

"""The same mail written otherwise: what people leave out, shout or mistype tells nothing of what they want."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from triage.model import Address, Automatic, Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from triage.model import Message

_GREETING = re.compile(
    r"^(?:beste|hallo|hoi|hi|hey|dag|geachte|dear|hello|liebe|sehr|guten|bonjour|goede)[^\n]{0,50},?\n+", re.IGNORECASE
)
_LOUD = frozenset({Kind.ANGRY, Kind.HAGGLE})
_MISTYPED = 0.015  # of the letters


def vary(message: Message, kind: Kind, random: Random) -> Message:
    """Change a mail here and there, so that its label stays."""
    nobody = Address("")
    changes: list[tuple[float, Callable[[Message], Message]]] = [
        (0.3, lambda mail: replace(mail, person=nobody)),
        (0.15, lambda mail: replace(mail, subject="") if len(mail.text) > 40 else mail),
        (0.1, lambda mail: replace(mail, automatic=Automatic(), via="", sender=nobody, history="")),
        (0.15, lambda mail: replace(mail, text=_GREETING.sub("", mail.text))),
        (0.12, lambda mail: replace(mail, text=mail.text.lower(), subject=mail.subject.lower())),
        (0.05 if kind in _LOUD else 0.03, lambda mail: replace(mail, text=mail.text.upper())),
        (0.08, lambda mail: replace(mail, text=re.sub(r"[.,!?;:]", "", mail.text))),
        (0.12, lambda mail: replace(mail, text=_mistype(mail.text, random))),
    ]
    for share, change in changes:
        if random.random() < share:
            message = change(message)
    return message


def _mistype(text: str, random: Random) -> str:
    """Leave letters out, double them, swap them."""
    letters = list(text)
    for place, letter in enumerate(letters[:-1]):
        if letter.isalpha() and random.random() < _MISTYPED:
            swapped = letters[place + 1] + letter
            letters[place : place + 2] = random.choice(([letter, ""], [letter * 2, letters[place + 1]], list(swapped)))
    return "".join(letters)

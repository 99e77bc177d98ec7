"""What would have changed a verdict: the mail is judged again without the words that decided it.

Found by asking, not by estimating: the same classifier reads the mail with some of its evidence cut out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from triage.model import Closing, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.model import Message, Verdict


@dataclass(frozen=True, slots=True)
class Doubt:
    """Without the words in `without` it would be `kind`; where that is None, it would stay what it is without them."""

    without: tuple[str, ...]
    kind: Kind | None


def doubt(message: Message, verdict: Verdict, judge: Callable[[Message], Verdict]) -> Doubt | None:
    """Cut out the strongest evidence, then the next as well, until the kind turns; None where no words decided."""
    if message.automatic.proven or verdict.closing is not Closing.NO:
        return None
    cut: list[str] = []
    for words in verdict.because:
        rest = without(message, (*cut, words))
        if rest == message:
            continue  # a header's words, or words of more than one place
        if not f"{rest.subject}{rest.text}".strip():
            break
        cut.append(words)
        kind = judge(rest).kind
        if kind is not verdict.kind:
            return Doubt(tuple(cut), kind)
    return Doubt(tuple(cut), None) if cut else None


def without(message: Message, quotes: tuple[str, ...]) -> Message:
    """Give the mail as if these words had not been written."""
    subject, text = message.subject, message.text
    for quote in quotes:
        said = re.compile(r"\s+".join(map(re.escape, quote.split())), re.IGNORECASE)
        subject, text = said.sub("", subject), said.sub("", text)
    return replace(message, subject=subject.strip(), text=text.strip())

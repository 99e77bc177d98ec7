"""What a mail is and why, by its words alone: no clock, no network, no configuration.

`words` cuts a text and finds phrases, `lexicon` holds the cues of a language, `language` tells which one it is;
`facts`, `flags` and `closing` are rules of their own, `kinds` weighs the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.classify.closing import closing_words, nudge
from triage.classify.facts import carrier, order_numbers
from triage.classify.flags import flags_of
from triage.classify.kinds import UNSURE_BELOW, Judgement, judge, reason_of, words_of
from triage.classify.language import detect_language
from triage.classify.lexicon import find_cues
from triage.classify.words import LONGEST_EVIDENCE, LONGEST_TEXT, read_text
from triage.model import Closing, Flag, Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.classify.lexicon import Cue
    from triage.classify.words import Text
    from triage.model import Message

__all__ = ["carrier", "classify", "closing_words", "detect_language", "nudge", "order_numbers"]

_REPLY = re.compile(
    r"\s*(?:re|aw|antw(?:oord)?|betr|sv|ré|tr|fwd?|wg|doorst|doorgestuurd)\s?(?:\[\d+\])?\s?[:：]", re.IGNORECASE
)
_OWN_PARCEL = frozenset({Kind.BOUGHT, Kind.ANGRY, Kind.HAGGLE, Kind.KNOCK})
_LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class _Reading:
    """A mail with what was found in it."""

    message: Message
    language: str
    text: Text
    found: Mapping[str, Sequence[Cue]]
    closing: Closing
    nudge: bool


def classify(message: Message) -> Verdict:
    """Judge one mail by its newest words and, unless it is a reply's, its subject."""
    reading = _read(message)
    return _verdict(reading, _judge(reading))


def _read(message: Message) -> _Reading:
    language = detect_language(message.text, message.subject)
    text = read_text(_judged_words(message))
    closing, is_nudge = closing_words(message.text, language), nudge(message.text, language)
    return _Reading(message, language, text, find_cues(text, language), closing, is_nudge)


def _judged_words(message: Message) -> str:
    """Join subject and text; the subject of a reply is not the sender's newest words."""
    subject = "" if _REPLY.match(message.subject) else message.subject[:_LONGEST_SUBJECT].strip()
    return f"{subject}\n\n{message.text}" if subject else message.text


def _judge(reading: _Reading) -> Judgement:
    if reading.message.automatic.proven:
        return Judgement(Kind.NONE, 0.99)
    if reading.closing:
        return Judgement(Kind.NONE, 0.93)
    if not reading.text.words:
        return Judgement(Kind.KNOCK, 0.3)
    judgement = judge(reading.text, reading.found, reading.message.automatic)
    if reading.nudge and judgement.kind in {Kind.BOUGHT, Kind.BUY, Kind.KNOCK}:
        return Judgement(Kind.KNOCK, max(0.75, judgement.confidence), tuple(reading.found.get("nudge", ())))
    return judgement


def _verdict(reading: _Reading, judgement: Judgement) -> Verdict:
    message = reading.message
    name = _own_carrier(reading, judgement)
    return Verdict(
        kind=judgement.kind,
        confidence=judgement.confidence,
        reason=reason_of(reading.text, reading.found, judgement.kind),
        flags=_flags(reading, judgement) | ({Flag.CARRIER} if name else frozenset()),
        language=reading.language,
        closing=reading.closing,
        nudge=reading.nudge,
        unsure=judgement.confidence < UNSURE_BELOW,
        order_numbers=order_numbers(message.text[:LONGEST_TEXT], message.subject),
        carrier=name,
        because=_because(reading, judgement),
    )


def _flags(reading: _Reading, judgement: Judgement) -> frozenset[Flag]:
    """Tell the flags of a person's words; notices and phishing carry none."""
    return flags_of(reading.found) if reading.closing or judgement.kind is not Kind.NONE else frozenset()


def _own_carrier(reading: _Reading, judgement: Judgement) -> str:
    """Name the carrier of the sender's own parcel: one who has not bought yet has none."""
    owns = bool(reading.closing) or judgement.kind in _OWN_PARCEL
    return carrier(reading.text.raw) if owns else ""


def _because(reading: _Reading, judgement: Judgement) -> tuple[str, ...]:
    automatic = reading.message.automatic
    if automatic.proven:
        return automatic.signs[:1]
    if reading.closing:
        return (" ".join(reading.message.text.split())[:LONGEST_EVIDENCE].strip(),)
    signs = automatic.signs[:1] if judgement.kind is Kind.NONE else ()
    return (*signs, *words_of(reading.text, judgement.cues))

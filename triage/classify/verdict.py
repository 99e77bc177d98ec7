"""The verdict on one mail: rules first, then what was learnt, then what the owner taught."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.classify import decide, flags, learn
from triage.classify.closing import closing_words, nudge
from triage.classify.facts import carrier, order_numbers
from triage.classify.kinds import UNSURE_BELOW, Judgement, judge, reason_of, words_of
from triage.classify.language import detect_language
from triage.classify.learn import NOTHING_TAUGHT, Lessons
from triage.classify.learnt import NGRAMS, weights_file
from triage.classify.lexicon import find_cues
from triage.classify.orders import heard
from triage.classify.words import LONGEST_EVIDENCE, LONGEST_TEXT, read_text
from triage.model import Closing, Flag, Kind, Reason, Sender, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.classify.learnt import Learnt
    from triage.classify.lexicon import Cue
    from triage.classify.words import Text
    from triage.model import Message

_REPLY = re.compile(
    r"\s*(?:re|aw|antw(?:oord)?|betr|sv|ré|tr|fwd?|wg|doorst|doorgestuurd)\s?(?:\[\d+\])?\s?[:：]", re.IGNORECASE
)
_OWN_PARCEL = frozenset({Kind.BOUGHT, Kind.ANGRY, Kind.HAGGLE, Kind.KNOCK})
_LONGEST_SUBJECT = 300
_BESIDE_LEARNT = flags.TABLES | {"thanks", "open"}  # tables of cues that are asked where something was learnt
MOST_CONFIDENT = 0.99
"""Only the owner is surer."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A mail with what was found in it."""

    message: Message
    language: str
    text: Text
    found: Mapping[str, Sequence[Cue]]
    closing: Closing
    nudge: bool
    learnt: Learnt | None
    lessons: Lessons
    words: frozenset[str]  # by which the mail can be known again; looked up only where something was taught


def classify(message: Message, learnt: Learnt | None = None, lessons: Lessons = NOTHING_TAUGHT) -> Verdict:
    """Judge one mail by its newest words and its subject, and by what the network read in it (`read_closely`).

    Without that the plain reader glances at it: a twentieth of the time, and twice to three times the mistakes.
    `lessons` are what the owner taught.
    """
    reading = _read(message, learnt, lessons)
    return _verdict(reading, _judge(reading))


def read_closely(message: Message) -> Learnt | None:
    """Ask the network about a mail; None where rules decide, or where the weights did not come with the program.

    Some 0.1 s of one processor; loading the weights takes 0.3 s and 160 MB, once.
    """
    if message.automatic.proven or not f"{message.subject}{message.text}".strip():
        return None
    if _closing(message, detect_language(message.text, message.subject)):
        return None
    from triage.classify import model  # numpy is heavy, and only a mail that is judged needs it

    return model.read(heard(message))


def classify_closely(message: Message) -> Verdict:
    """Judge one mail by all there is."""
    return classify(message, read_closely(message))


def _read(message: Message, learnt: Learnt | None, lessons: Lessons) -> _Reading:
    language = detect_language(message.text, message.subject)
    listened = heard(message)
    text = read_text(_judged_words(listened))
    closing, is_nudge = _closing(message, language), nudge(message.text, language)
    words = learn.words_of(message.subject, message.text) if lessons else frozenset[str]()
    if learnt is None and text.words and not closing and not message.automatic.proven and weights_file(NGRAMS):
        from triage.classify import model  # numpy is heavy, and only a mail that is judged needs it

        learnt = model.glance(listened)
    needs_all = learnt is None or message.automatic.sender is Sender.AUTO_REPLY
    found = find_cues(text, language, None if needs_all else _BESIDE_LEARNT)
    return _Reading(message, language, text, found, closing, is_nudge, learnt, lessons, words)


def _closing(message: Message, language: str) -> Closing:
    is_reply = bool(message.in_reply_to or message.history or _REPLY.match(message.subject))
    return closing_words(message.text, language, is_reply=is_reply)


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
    pulls = reading.lessons.pulls(reading.words)
    if reading.learnt is None:
        by_cues = _by_cues(reading)
        return _likeliest(reading, learn.taught(decide.spread(by_cues), pulls), by_cues.cues) if pulls else by_cues
    if reading.message.automatic.sender is Sender.AUTO_REPLY and (by_cues := _by_cues(reading)).kind is Kind.NONE:
        return by_cues
    return _likeliest(reading, learn.taught(reading.learnt.kinds, pulls) if pulls else reading.learnt.kinds)


def _by_cues(reading: _Reading) -> Judgement:
    judgement = judge(reading.text, reading.found, reading.message.automatic)
    if reading.nudge and judgement.kind in {Kind.BOUGHT, Kind.BUY, Kind.KNOCK}:
        return Judgement(Kind.KNOCK, max(0.75, judgement.confidence), tuple(reading.found.get("nudge", ())))
    return judgement


def _likeliest(reading: _Reading, likelihoods: Mapping[Kind, float], cues: tuple[Cue, ...] = ()) -> Judgement:
    kind = decide.decide(likelihoods, _none_from(reading))
    return Judgement(kind, min(MOST_CONFIDENT, round(likelihoods[kind], 2)), cues)


def _none_from(reading: _Reading) -> float:
    """Tell how likely it must be that nobody waits."""
    if reading.message.automatic.signs:
        return decide.NONE_FROM_SIGNS
    has_more = reading.found.keys() >= {"thanks", "open"}
    return decide.NONE_FROM_THANKS if has_more else decide.NONE_FROM


def _verdict(reading: _Reading, judgement: Judgement) -> Verdict:
    message = reading.message
    raised = _flags(reading, judgement)
    return Verdict(
        kind=judgement.kind,
        confidence=judgement.confidence,
        reason=_reason(reading, judgement),
        flags=raised,
        language=reading.language,
        closing=reading.closing,
        nudge=reading.nudge and judgement.kind in {Kind.KNOCK, Kind.NONE},
        unsure=judgement.confidence < (decide.UNSURE_BELOW if reading.learnt else UNSURE_BELOW),
        order_numbers=order_numbers(message.text[:LONGEST_TEXT], message.subject),
        carrier=carrier(reading.text.raw) if Flag.CARRIER in raised else "",
        because=_because(reading, judgement),
    )


def _flags(reading: _Reading, judgement: Judgement) -> frozenset[Flag]:
    """Tell the flags of a person's words; notices and phishing carry none."""
    if judgement.kind is Kind.NONE and not reading.closing:
        return frozenset()
    owns = bool(reading.closing) or judgement.kind in _OWN_PARCEL
    # one who has not bought yet has no parcel of the own
    parcel = {Flag.CARRIER} if owns and carrier(reading.text.raw) else frozenset[Flag]()
    found = flags.flags_of(reading.found) | parcel
    return decide.raised(reading.learnt.flags, found) if reading.learnt else found


def _reason(reading: _Reading, judgement: Judgement) -> Reason:
    if reading.learnt is None or judgement.kind in {Kind.NONE, Kind.OTHER}:
        return reason_of(reading.text, reading.found, judgement.kind)
    return reading.learnt.reason


def _because(reading: _Reading, judgement: Judgement) -> tuple[str, ...]:
    automatic = reading.message.automatic
    if automatic.proven:
        return automatic.signs[:1]
    if reading.closing:
        return (" ".join(reading.message.text.split())[:LONGEST_EVIDENCE].strip(),)
    signs = automatic.signs[:1] if judgement.kind is Kind.NONE else ()
    words = reading.learnt.because[judgement.kind] if reading.learnt else ()
    return (*signs, *_taught_words(reading, judgement.kind), *(words or words_of(reading.text, judgement.cues)))


def _taught_words(reading: _Reading, kind: Kind) -> tuple[str, ...]:
    """Name the words by which the owner's lessons decided, as far as none is part of another."""
    words = reading.lessons.decisive(reading.words, kind)
    return tuple(word for word in words if not any(word in other and word != other for other in words))

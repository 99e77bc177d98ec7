"""Which customer is this, and why did they write? Weighted cues, asked in the order of the label guide.

Nothing that a mail says lowers its own place: there are no cues for "no need to answer", and what makes a mail `none`
must outweigh everything in it that a person would say.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.classify.flags import flag_cues
from triage.classify.words import Text, clause_of
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.classify.lexicon import Cue
    from triage.model import Automatic

ANGRY_FROM = 3.0
EXTRA_FROM = 2.0
NOTICED_FROM = 1.5  # a customer's words below this say neither purchase nor wish
OTHER_FROM = 3.0
MACHINE_FROM = 3.0
UNSURE_BELOW = 0.62
MOST_EVIDENCE = 3
_BRIEF = 40  # words below which a question is a person's, whatever the headers hint (mail-facts, section 2)
_ASKED = 1.25  # what stands in a question counts for more than what led up to it
_NEGATABLE = frozenset({"anger", "extra", "other", "pitch", "bought", "knock else"})
_FIRST_PERSON_WORDS = """
    ik mijn mij me mn i im ive my ich mein meine meinen meiner mir mich je j mon ma mes wij we ons onze wir nous
"""
_FIRST_PERSON = frozenset(_FIRST_PERSON_WORDS.split())
_RUNS = re.compile(r"!{2,}|\?{2,}|!\?|\?!")
_REASONS = (Reason.DEFECT, Reason.WHERE, Reason.HOW, Reason.BUY)
_PRECEDENCE = {Reason.DEFECT: 0.8, Reason.WHERE: 0.5, Reason.HOW: 0.3, Reason.BUY: 0.0, Reason.ELSE: 0.4}
_TABLE_REASON = {
    "defect": Reason.DEFECT,
    "where": Reason.WHERE,
    "how": Reason.HOW,
    "want": Reason.BUY,
    "else": Reason.ELSE,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for something, and the cues that do, strongest first."""

    score: float = 0.0
    cues: tuple[Cue, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Judgement:
    """A kind with the margin by which it won, and what decided."""

    kind: Kind
    confidence: float
    cues: tuple[Cue, ...] = ()


def judge(text: Text, found: Mapping[str, Sequence[Cue]], automatic: Automatic) -> Judgement:
    """Ask the label guide's questions in their order."""
    weighed = {
        name: weigh(text, found, name) for name in ("bought", "buy", "knock", "other", "pitch", "notice", "extra")
    }
    anger = weigh_anger(text, found)
    bought, buy = weighed["bought"].score, weighed["buy"].score
    customer = max(bought, buy, anger.score)
    if (anger.score < ANGRY_FROM or automatic.signs) and (verdict := _machine(text, weighed, customer, automatic)):
        return verdict
    if weighed["other"].score >= OTHER_FROM and weighed["other"].score >= 0.75 * max(bought, buy):
        return _won(Kind.OTHER, weighed["other"], 0.5 * max(bought, buy))
    if (verdict := _angry(found, anger, weighed["extra"])) is not None:
        return verdict
    return _calm(weighed)


def weigh(text: Text, found: Mapping[str, Sequence[Cue]], name: str) -> Evidence:
    """Add up a kind over all its tables; words that two phrases share count once."""
    cues = [
        cue
        for table, group in found.items()
        if table.partition(" ")[0] == name
        for cue in group
        if not (cue.negated and table in _NEGATABLE)
    ]
    return _sum(text, cues)


def _sum(text: Text, cues: Iterable[Cue]) -> Evidence:
    counted: list[Cue] = []
    taken: set[int] = set()
    score = 0.0
    for cue in sorted(cues, key=lambda cue: (-cue.weight, cue.hit.first - cue.hit.last, cue.hit.first)):
        places = range(cue.hit.first, cue.hit.last)
        if taken.isdisjoint(places):
            taken.update(places)
            counted.append(cue)
            score += cue.weight * (_ASKED if text.words[cue.hit.first].sentence in text.questions else 1)
    return Evidence(score, tuple(counted))


def weigh_anger(text: Text, found: Mapping[str, Sequence[Cue]]) -> Evidence:
    """Angry words, threats, shouting and rows of exclamation marks."""
    words = _sum(Text(text.raw, text.words, frozenset()), (cue for cue in found.get("anger", ()) if not cue.negated))
    threats = [*flag_cues(found, Flag.REVIEW)[:1], *_threats(found)[:1]]
    score = words.score + 2 * len(threats) + _loudness(text, words.score)
    if threats and found.get("threat"):
        score += 1
    if words.score and flag_cues(found, Flag.REPEAT):
        score += 1
    return Evidence(score, (*words.cues, *threats))


def _threats(found: Mapping[str, Sequence[Cue]]) -> list[Cue]:
    """Legal words beside a word of anger; alone they may be a polite claim of a right."""
    return flag_cues(found, Flag.LEGAL) if found.get("anger") or found.get("threat") else []


def _loudness(text: Text, angry_words: float) -> float:
    runs = min(2, len(_RUNS.findall(text.raw)))
    shouted = _shouted(text)
    everything = sum(len(text.raw[word.start : word.end]) > 2 for word in text.words)
    # some people write every mail in capitals: that alone is not fury
    loud = 0.0 if len(shouted) < 2 else 1.0 if len(shouted) > 0.8 * everything and not angry_words else 2.0
    return loud + 0.75 * runs


def _shouted(text: Text) -> list[str]:
    written = (text.raw[word.start : word.end] for word in text.words)
    return [word for word in written if len(word) > 3 and word.isalpha() and word.isupper()]


def _machine(text: Text, weighed: Mapping[str, Evidence], customer: float, automatic: Automatic) -> Judgement | None:
    """Recognise a pitch, a notice or phishing, unless a person speaks in it."""
    personal = any(word.folded in _FIRST_PERSON for word in text.words)
    machine = max(weighed["pitch"], weighed["notice"], key=lambda evidence: evidence.score)
    is_brief = len(text.words) < _BRIEF
    asks = (bool(text.questions) and (personal or is_brief)) or (personal and customer >= ANGRY_FROM)
    if automatic.signs and not asks:
        return Judgement(Kind.NONE, 0.85, machine.cues)
    # one word that also robots use never hides a person
    needed = 2 * MACHINE_FROM if personal or text.questions else MACHINE_FROM
    if machine.score >= max(needed, customer if asks else 0.6 * customer):
        return _won(Kind.NONE, machine, 0.5 * customer)
    return None


def _angry(found: Mapping[str, Sequence[Cue]], anger: Evidence, extra: Evidence) -> Judgement | None:
    blackmail = bool(flag_cues(found, Flag.REVIEW)) and extra.score >= 3
    if anger.score < ANGRY_FROM and not blackmail:
        return None
    if extra.score >= EXTRA_FROM:
        confidence = _confidence(max(0.5, min(anger.score - ANGRY_FROM, extra.score - EXTRA_FROM) + 1))
        return Judgement(Kind.HAGGLE, confidence, (*extra.cues, *anger.cues))
    return Judgement(Kind.ANGRY, _confidence(anger.score - ANGRY_FROM + 0.8), anger.cues)


def _calm(weighed: Mapping[str, Evidence]) -> Judgement:
    kinds = (Kind.BOUGHT, Kind.BUY, Kind.KNOCK)
    best, second, _ = sorted(kinds, key=lambda kind: weighed[kind].score, reverse=True)
    if weighed[best].score < NOTICED_FROM:
        return Judgement(Kind.KNOCK, 0.3, weighed[Kind.KNOCK].cues)
    return _won(best, weighed[best], weighed[second].score)


def _won(kind: Kind, evidence: Evidence, second: float) -> Judgement:
    return Judgement(kind, _confidence(evidence.score - second), evidence.cues)


def _confidence(margin: float) -> float:
    """Turn the margin into a share of right answers: one good cue is right two times in three on unseen mails."""
    return round(0.4 + 0.52 * (1 - math.exp(-margin / 4)), 2)


def reason_of(text: Text, found: Mapping[str, Sequence[Cue]], kind: Kind) -> Reason:
    """Why did they have to write? What the shop could remove for good goes first where two fit."""
    if kind in {Kind.NONE, Kind.OTHER}:
        return Reason.ELSE
    tables = [kind] if kind in {Kind.BUY, Kind.BOUGHT, Kind.KNOCK} else [Kind.BOUGHT, Kind.KNOCK]
    scores: dict[Reason, float] = {}
    for table in found:
        owner, _, topic = table.partition(" ")
        if owner in tables and topic in _TABLE_REASON:
            scores[_TABLE_REASON[topic]] = _sum(text, found[table]).score
    default = Reason.BUY if kind is Kind.BUY else Reason.ELSE
    return max(scores, key=lambda reason: scores[reason] + _PRECEDENCE[reason], default=default)


def words_of(text: Text, cues: Iterable[Cue]) -> tuple[str, ...]:
    """Quote the sender's own words around the cues, each once."""
    said: list[str] = []
    for cue in cues:
        clause = clause_of(text, cue.hit)
        if not any(clause in other or other in clause for other in said):
            said.append(clause)
    return tuple(said[:MOST_EVIDENCE])

"""What was learnt from labelled mails: kind, reason and flags of a mail, with the words that decided.

The hard truth: nothing in here is certain, so it only says how likely each answer is; what headers or closing words
prove is decided before anyone asks here. It needs numpy, so it is imported where it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from triage.classify import encoder
from triage.classify.learnt import Learnt
from triage.classify.pieces import END, START
from triage.classify.words import Hit, clause_of, read_text
from triage.mail.automatic import is_robot
from triage.model import Flag, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.classify.encoder import Encoder, Floats
    from triage.classify.pieces import Pieces
    from triage.classify.words import Text, Word
    from triage.model import Message

LONGEST = 192  # pieces of a mail, everything included
MOST_EVIDENCE = 3
_TAIL = 64  # pieces that are kept of the end of a text that is too long: demands stand there
_LONGEST_SENDER = 24
_LONGEST_SUBJECT = 40
_LONGEST_TEXT = 8_000  # characters
_CAPITALS = 0.6  # share of the letters from which a text is written in capitals
_WORD = re.compile(r"\S+")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Written:
    """A mail as the model reads it, piece by piece; `places` tells where in `text` the word of each begins, or -1."""

    text: str
    numbers: tuple[int, ...]
    places: tuple[int, ...]


def read(message: Message) -> Learnt | None:
    """Say how likely each answer is; None where the weights did not come with the program."""
    shipped = encoder.shipped()
    return judge(message, shipped) if shipped else None


def judge(message: Message, weights: Encoder) -> Learnt:
    """Let an encoder read a mail."""
    written = write(message, weights.pieces)
    given = weights.contributions(written.numbers)
    scores = dict(zip(weights.names, (given.sum(axis=0) + weights.heads_bias).tolist(), strict=True))
    kinds = _shares({kind: scores[f"kind {kind}"] / weights.temperature for kind in Kind})
    return Learnt(
        kinds=kinds,
        reasons=_shares({reason: scores[f"reason {reason}"] for reason in Reason}),
        flags={flag: round(float(1 / (1 + np.exp(-scores[f"flag {flag}"]))), 4) for flag in Flag},
        because=_because(written, kinds, {kind: given[:, weights.names.index(f"kind {kind}")] for kind in Kind}),
    )


def _shares(scores: Mapping[Answer, float]) -> dict[Answer, float]:
    """Turn scores into shares of one (softmax)."""
    highest = max(scores.values())
    powers = {answer: float(np.exp(score - highest)) for answer, score in scores.items()}
    return {answer: round(power / sum(powers.values()), 4) for answer, power in powers.items()}


def write(message: Message, pieces: Pieces) -> Written:
    """Write a mail as the model reads it: what its way tells, who wrote, the subject, the newest words."""
    person = f"{message.person.name} {message.person.email.replace('@', ' ').replace('.', ' ')}"
    way = [START, *pieces.numbers(" ".join(_hints(message))), END, *pieces.numbers(person)[:_LONGEST_SENDER], END]
    subject = list(_placed(message.subject, 0, pieces))[:_LONGEST_SUBJECT]
    before = f"{message.subject}\n\n"
    body = list(_placed(message.text[:_LONGEST_TEXT], len(before), pieces))
    room = LONGEST - len(way) - len(subject) - 2
    if len(body) > room:
        body = body[: room - _TAIL] + body[-_TAIL:]
    written = [*((number, -1) for number in way), *subject, (END, -1), *body, (END, -1)]
    numbers, places = zip(*written, strict=True)
    return Written(before + message.text, numbers, places)


def _hints(message: Message) -> Iterator[str]:
    """Tell what the mail's way says: a form or a marketplace, a machine's headers, a robot's address, an answer."""
    if message.via:
        yield "form" if message.via == "form" else "marketplace"
    if message.automatic.signs:
        yield str(message.automatic.sender)
    if is_robot(message.sender.email):
        yield "robot"
    if message.history:
        yield "reply"
    if _is_in_capitals(message.text or message.subject):
        yield "loud"


def _is_in_capitals(text: str) -> bool:
    capitals = sum(letter.isupper() for letter in text)
    return capitals > 3 and capitals > _CAPITALS * sum(letter.isalpha() for letter in text)


def _placed(text: str, start: int, pieces: Pieces) -> Iterator[tuple[int, int]]:
    """Yield each piece with the place of the word that it belongs to; `start` is the place of the text.

    What is all in capitals is read as if it were not: few of those words are known, and being loud is hinted at.
    """
    is_loud = _is_in_capitals(text)
    for word in _WORD.finditer(text):
        for number in pieces.numbers(word.group().lower() if is_loud else word.group()):
            yield number, start + word.start()


def _because(
    written: Written, kinds: Mapping[Kind, float], given: Mapping[Kind, Floats]
) -> dict[Kind, tuple[str, ...]]:
    """Quote for each kind the clauses that spoke most for it against the likeliest other."""
    text = read_text(written.text)
    clauses = _clauses(text, written.places)
    first, second, *_ = sorted(kinds, key=kinds.__getitem__, reverse=True)
    return {kind: _strongest(text, clauses, given[kind] - given[second if kind is first else first]) for kind in kinds}


def _clauses(text: Text, places: Iterable[int]) -> list[dict[int, list[int]]]:
    """Tell for each clause which words (by their index) stand in it, and which pieces make up each."""
    pieces: dict[int, list[int]] = {}
    for piece, place in enumerate(places):
        pieces.setdefault(place, []).append(piece)
    clauses: dict[int, dict[int, list[int]]] = {}
    for index, word in enumerate(text.words):
        clauses.setdefault(word.clause, {})[index] = pieces.pop(_start_of(text, word), [])
    return list(clauses.values())


def _strongest(text: Text, clauses: Iterable[Mapping[int, list[int]]], spoke: Floats) -> tuple[str, ...]:
    """Quote the clauses that spoke for something, around their strongest words."""
    found: list[tuple[float, int]] = []
    for clause in clauses:
        words = {index: float(spoke[pieces].sum()) for index, pieces in clause.items()}
        found.append((sum(words.values()), max(words, key=words.__getitem__)))
    found.sort(reverse=True)
    return tuple(_quote(text, index) for share, index in found[:MOST_EVIDENCE] if share > 0)


def _start_of(text: Text, word: Word) -> int:
    """Tell where the run of letters and marks begins in which a word stands."""
    start = word.start
    while start and not text.raw[start - 1].isspace():
        start -= 1
    return start


def _quote(text: Text, index: int) -> str:
    return clause_of(text, Hit("", index, index + 1))

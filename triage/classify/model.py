"""What was learnt from labelled mails: kind, reason and flags of a mail, with the words that decided.

The hard truth: nothing in here is certain, so it only says how likely each answer is; what headers or closing words
prove is decided before anyone asks here. Two readers, who err in different mails: the plain one (`ngrams`) reads every
mail, and the network (`encoder`) with it those that may keep somebody waiting. It needs numpy, so it is imported where
it is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from triage.classify import encoder, ngrams
from triage.classify.learnt import Learnt
from triage.classify.pieces import END, START
from triage.classify.words import Hit, clause_of, read_text
from triage.mail.automatic import is_robot
from triage.model import Flag, Kind, Reason, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from triage.classify.encoder import Encoder, Floats
    from triage.classify.ngrams import Features, Ngrams
    from triage.classify.pieces import Pieces
    from triage.classify.words import Text, Word
    from triage.model import Message

LONGEST = 192  # pieces of a mail, everything included
MOST_EVIDENCE = 3
_LEAST_SHARE = 0.15  # of what the strongest clause gave: below it a clause is no reason
_TAIL = 64  # pieces that are kept of the end of a text that is too long: demands stand there
_LONGEST_SENDER = 24
_LONGEST_SUBJECT = 40
_LONGEST_TEXT = 8_000  # characters; of what is `heard` far less is left
_CAPITALS = 0.6  # share of the letters from which a text is written in capitals
_WORD = re.compile(r"\S+")

PLAIN_BESIDE = {"kind": 0.6, "reason": 0.8, "flag": 0.75}
"""What the plain reader's scores weigh beside the network's. Chosen on the development authors."""

BULK_IS_NOBODY = 3.0
"""What a list's or a mass mailing's headers add to the score of `none` at a glance: words alone sell, and sound like
buying. Of 167 such mails of all authors none was a customer's; one who is clear stays one, for that weighs more."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Written:
    """A mail as the network reads it, in pieces; `places` tells where in the text the word of each begins, or -1."""

    numbers: tuple[int, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one reader made of a mail: what stands at each place of its text adds to each score; and `bias` does."""

    given: Floats  # (what was read, scores)
    places: NDArray[np.int64]
    bias: Floats
    names: tuple[str, ...]

    @property
    def scores(self) -> dict[str, float]:
        """Add it all up."""
        return dict(zip(self.names, (self.given.sum(axis=0) + self.bias).tolist(), strict=True))

    def scaled(self, weight: Mapping[str, float]) -> Heard:
        """Let kinds, reasons and flags count more or less."""
        factors = np.array([weight[name.partition(" ")[0]] for name in self.names], np.float32)
        return Heard(self.given * factors, self.places, self.bias * factors, self.names)

    def leaning(self, by: float) -> Heard:
        """Lean towards nobody waiting."""
        leaning = np.array([by if name == f"kind {Kind.NONE}" else 0 for name in self.names], np.float32)
        return replace(self, bias=self.bias + leaning)

    def beside(self, other: Heard) -> Heard:
        """Hear both; scores add up."""
        order = [other.names.index(name) for name in self.names]
        return Heard(
            np.concatenate([self.given, other.given[:, order]]),
            np.concatenate([self.places, other.places]),
            self.bias + other.bias[order],
            self.names,
        )


class Evidence(Mapping[Kind, tuple[str, ...]]):
    """The clauses that spoke most for each kind, quoted when somebody asks for them."""

    def __init__(self, message: Message, kinds: Mapping[Kind, float], heard: Heard) -> None:
        self._message, self._kinds, self._heard = message, kinds, heard

    def __getitem__(self, kind: Kind) -> tuple[str, ...]:
        """Quote what spoke for a kind against the likeliest other one."""
        return _because(self._message, self._kinds, self._heard, kind)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


def read(message: Message) -> Learnt | None:
    """Say how likely each answer is, by the network and the plain reader; None where the weights did not come along."""
    network, plain = encoder.shipped(), ngrams.shipped()
    if network is None:
        return None
    learnt = judge(message, network, plain)
    return replace(learnt, because=dict(learnt.because))  # it is kept, and corrections may ask for any kind


def glance(message: Message) -> Learnt | None:
    """Say how likely each answer is by the plain reader alone: a hundredth of the time, nearly thrice the mistakes."""
    plain = ngrams.shipped()
    if plain is None:
        return None
    heard = plainly(message, plain)
    return _learnt(message, heard.leaning(BULK_IS_NOBODY) if message.automatic.sender is Sender.BULK else heard)


def judge(message: Message, network: Encoder | None, plain: Ngrams | None) -> Learnt:
    """Let readers read a mail; at least one of them."""
    heard = [*([by_network(message, network)] if network else []), *([plainly(message, plain)] if plain else [])]
    if len(heard) == 2:
        return _learnt(message, heard[0].beside(heard[1].scaled(PLAIN_BESIDE)))
    return _learnt(message, heard[0])


def by_network(message: Message, network: Encoder) -> Heard:
    """Let the network read a mail."""
    written = write(message, network.pieces)
    places = np.array(written.places, np.int64)
    heard = Heard(network.contributions(written.numbers), places, network.heads_bias, network.names)
    return heard.scaled({"kind": 1 / network.temperature, "reason": 1, "flag": 1})


def plainly(message: Message, plain: Ngrams) -> Heard:
    """Let the plain reader read a mail."""
    found = plain_features(message)
    return Heard(plain.contributions(found.numbers), np.array(found.places, np.int64), plain.bias, plain.names)


def _learnt(message: Message, heard: Heard) -> Learnt:
    scores = heard.scores
    kinds = _shares({kind: scores[f"kind {kind}"] for kind in Kind})
    return Learnt(
        kinds=kinds,
        reasons=_shares({reason: scores[f"reason {reason}"] for reason in Reason}),
        flags={flag: round(1 / (1 + exp(-scores[f"flag {flag}"])), 4) for flag in Flag},
        because=Evidence(message, kinds, heard),
    )


def _read_text(message: Message) -> str:
    """Give the text that places speak of: the subject, and the newest words."""
    return f"{message.subject}\n\n{message.text}"


def plain_features(message: Message) -> Features:
    """Give what the plain reader sees of a mail, and the place of each in the text."""
    person = f"{message.person.name} {message.person.email}"
    return ngrams.features_of(_hints(message), person, _read_text(message)[:_LONGEST_TEXT])


def _shares(scores: Mapping[Answer, float]) -> dict[Answer, float]:
    """Turn scores into shares of one (softmax)."""
    highest = max(scores.values())
    powers = {answer: exp(score - highest) for answer, score in scores.items()}
    whole = sum(powers.values())
    return {answer: round(power / whole, 4) for answer, power in powers.items()}


def write(message: Message, pieces: Pieces) -> Written:
    """Write a mail as the model reads it: what its way tells, who wrote, the subject, the newest words."""
    person = f"{message.person.name} {message.person.email.replace('@', ' ').replace('.', ' ')}"
    way = [START, *pieces.numbers(" ".join(_hints(message))), END, *pieces.numbers(person)[:_LONGEST_SENDER], END]
    subject = list(_placed(message.subject, 0, pieces))[:_LONGEST_SUBJECT]
    body = list(_placed(message.text[:_LONGEST_TEXT], len(f"{message.subject}\n\n"), pieces))
    room = LONGEST - len(way) - len(subject) - 2
    if len(body) > room:
        body = body[: room - _TAIL] + body[-_TAIL:]
    written = [*((number, -1) for number in way), *subject, (END, -1), *body, (END, -1)]
    numbers, places = zip(*written, strict=True)
    return Written(numbers, places)


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
    capitals = sum(map(str.isupper, text))
    return capitals > 3 and capitals > _CAPITALS * sum(map(str.isalpha, text))


def _placed(text: str, start: int, pieces: Pieces) -> Iterator[tuple[int, int]]:
    """Yield each piece with the place of the word that it belongs to; `start` is the place of the text.

    What is all in capitals is read as if it were not: few of those words are known, and being loud is hinted at.
    """
    is_loud = _is_in_capitals(text)
    for word in _WORD.finditer(text):
        for number in pieces.numbers(word.group().lower() if is_loud else word.group()):
            yield number, start + word.start()


def _because(message: Message, kinds: Mapping[Kind, float], heard: Heard, kind: Kind) -> tuple[str, ...]:
    """Quote the clauses that spoke most for a kind against the likeliest other."""
    text = read_text(_read_text(message))
    if not text.words:
        return ()
    first, second, *_ = sorted(kinds, key=kinds.__getitem__, reverse=True)
    other = second if kind is first else first
    spoke = heard.given[:, heard.names.index(f"kind {kind}")] - heard.given[:, heard.names.index(f"kind {other}")]
    words = _by_word(text, heard.places, spoke)
    starts = np.flatnonzero(np.diff([word.clause for word in text.words], prepend=-1))
    ends = [*starts[1:].tolist(), len(text.words)]
    telling = np.array([_tells(text.words[start:end], message) for start, end in zip(starts, ends, strict=True)])
    best = _best(np.add.reduceat(words, starts), telling)
    strongest = [int(starts[clause] + words[starts[clause] : ends[clause]].argmax()) for clause in best]
    quoted = (clause_of(text, Hit("", index, index + 1)) for index in strongest)
    return tuple(dict.fromkeys(quoted))  # newsletters say some things twice


def _tells(clause: Sequence[Word], message: Message) -> bool:
    """Say whether a clause would convince a person: more than one word (Hi, Re), and not the sender's own name."""
    said = {word.folded for word in clause}
    return len(said) > 1 and not said <= {*message.person.name.casefold().replace(".", " ").split()}


def _best(share: Floats, telling: NDArray[np.bool_]) -> list[int]:
    """Choose the clauses with the greatest shares, those that tell nothing only where there is nothing else."""
    order = [int(clause) for clause in np.argsort(-share, kind="stable") if share[clause] > 0]
    order = [clause for clause in order if telling[clause]] or order
    return [clause for clause in order if share[clause] >= _LEAST_SHARE * share[order[0]]][:MOST_EVIDENCE]


def _by_word(text: Text, places: NDArray[np.int64], spoke: Floats) -> Floats:
    """Sum up what was given at the place of each word. Of words without a blank between them the first has it all."""
    starts, first_words = np.unique([_start_of(text, word) for word in text.words], return_index=True)
    at_start = np.searchsorted(starts, places).clip(max=len(starts) - 1)
    is_known = starts[at_start] == places
    return np.bincount(first_words[at_start[is_known]], spoke[is_known], len(text.words)).astype(np.float32)


def _start_of(text: Text, word: Word) -> int:
    """Tell where the run of letters and marks begins in which a word stands."""
    start = word.start
    while start and not text.raw[start - 1].isspace():
        start -= 1
    return start

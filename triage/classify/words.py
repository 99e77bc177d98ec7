"""A text cut once into folded words, and phrases found among them in linear time.

A phrase is words in a row, each of which may be `a|b` (either), `stem*`, `*tail` or `*part*`. `word?` may be missing,
`_` is any word, `#` a word with a digit, `..` up to four words, `^` and `$` the borders of a sentence, and `@name` a
list of words from the language's `[words]`. A phrase never runs over the end of a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LONGEST_TEXT = 8_000  # characters that are judged: nobody says what they want only after three pages
LONGEST_EVIDENCE = 60  # characters of the sender's own words that are quoted
LONGEST_GAP = 4  # words that `..` stands for, at most
_STEM = 3  # letters of a `stem*` under which it is indexed
_MOST_MET = 4_000  # words of which is remembered which phrases begin with them

_PIECE = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*|[.!?…]+(?=\s|$|[\"'”’)])|[?!]+|\n\s*\n|[,;:()\n]|[-–—](?=\s)")
_ELISION = re.compile(r"(?<![^\W_])(?:[jldncsmt]|qu|jusqu|lorsqu|puisqu)['’´`](?=\w\w)", re.IGNORECASE)
_APOSTROPHES = str.maketrans("", "", "'’´`")


class Word(NamedTuple):
    """A word as it stands in `Text.raw[start:end]`, folded, and where it belongs."""

    folded: str
    start: int
    end: int
    sentence: int
    clause: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text, its words in order, and the numbers of the sentences that end with a question mark."""

    raw: str
    words: tuple[Word, ...]
    questions: frozenset[int]


class Hit(NamedTuple):
    """A phrase that was found: `words[first:last]` of the text."""

    phrase: str
    first: int
    last: int


@lru_cache(maxsize=8_000)
def fold(word: str) -> str:
    """Lower case, without accents and apostrophes: `Één` is `een`, `don’t` is `dont`."""
    if word.isascii():
        return word.lower() if word.isalnum() else word.lower().translate(_APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", word)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.casefold().translate(_APOSTROPHES)


def fold_lines(lines: str) -> str:
    """Fold many words at once, but keep ASCII marks and apostrophes."""
    return unicodedata.normalize("NFKD", lines.casefold()).encode("ascii", "ignore").decode("ascii")


@lru_cache(maxsize=8)
def read_text(raw: str) -> Text:
    """Cut a text into words; what stands after the first `LONGEST_TEXT` characters is not read.

    Several who judge a mail read the same text, one after the other: so the last few are kept.
    """
    raw = raw[:LONGEST_TEXT]
    words: list[Word] = []
    questions: set[int] = set()
    sentence = clause = 0
    for piece in _PIECE.finditer(raw):
        mark = piece.group()
        if mark.isalnum():
            words.append(Word(fold(mark), piece.start(), piece.end(), sentence, clause))
            continue
        if mark[0].isalnum():
            words.extend(_split_word(mark, piece.start(), sentence, clause))
            continue
        clause += 1
        if "?" in mark:
            questions.add(sentence)
        if mark[0] in ".!?…" or mark.count("\n") > 1:
            sentence += 1
    return Text(raw, tuple(words), frozenset(questions))


def _split_word(word: str, start: int, sentence: int, clause: int) -> Iterator[Word]:
    """French elisions are words of their own: `j'ai` is `j` and `ai`."""
    elision = _ELISION.match(word)
    cut = elision.end() if elision else 0
    if cut:
        yield Word(fold(word[: cut - 1]), start, start + cut - 1, sentence, clause)
    yield Word(fold(word[cut:]), start + cut, start + len(word), sentence, clause)


class _Step(NamedTuple):
    """One place of a phrase."""

    kind: str  # "word", "any", "digit", "gap", "start" or "end"
    exact: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    optional: bool = False

    def fits(self, folded: str) -> bool:
        """Whether a word may stand here."""
        if folded in self.exact or self.kind == "any":
            return True
        if self.kind == "digit":
            return any(letter.isdigit() for letter in folded)
        if folded.startswith(self.heads) or folded.endswith(self.tails):
            return True
        return bool(self.parts) and any(part in folded for part in self.parts)


_MARKS = {"_": "any", "#": "digit", "..": "gap", "^": "start", "$": "end"}


def _read_step(written: str, lists: Mapping[str, str]) -> _Step:
    bare = written.removesuffix("?")
    if bare in _MARKS:
        return _Step(_MARKS[bare], optional=bare != written)
    names = "|".join(lists[name[1:]] if name.startswith("@") else name for name in bare.split("|")).split("|")
    plain = [name for name in names if "*" not in name]
    heads = [name[:-1] for name in names if name.endswith("*") and not name.startswith("*")]
    tails = [name[1:] for name in names if name.startswith("*") and not name.endswith("*")]
    parts = [name[1:-1] for name in names if name.startswith("*") and name.endswith("*")]
    return _Step("word", frozenset(plain), tuple(heads), tuple(tails), tuple(parts), bare != written)


def _written_steps(phrase: str) -> list[str]:
    spaced = _ELISION.sub(lambda elision: elision.group()[:-1] + " ", phrase) if "'" in phrase else phrase
    return spaced.replace("'", "").split()


class _Phrase(NamedTuple):
    """A phrase that begins with a word that was met; `number` is its place in the lexicon."""

    number: int
    written: str
    steps: tuple[_Step, ...]

    @property
    def seconds(self) -> frozenset[str]:
        """The words of which one must stand second; empty where others may."""
        second = next(iter(self.steps[2 if self.steps[0].kind == "start" else 1 :][:1]), _Step("end"))
        is_open = second.optional or second.heads or second.tails or second.parts
        return frozenset() if is_open else second.exact


class _Begun(NamedTuple):
    """The phrases that may begin with a word: most of them fail at their second, so they are found by that."""

    by_second: dict[str, list[_Phrase]]
    others: list[_Phrase]

    def add(self, phrase: _Phrase) -> None:
        """Take in one more."""
        for second in phrase.seconds:
            self.by_second.setdefault(second, []).append(phrase)
        if not phrase.seconds:
            self.others.append(phrase)

    def before(self, second: str) -> list[_Phrase]:
        """Give the phrases that may go on with this word, in the order of the lexicon."""
        found = self.by_second.get(second)
        return sorted([*found, *self.others], key=_number) if found else self.others


def _number(phrase: _Phrase) -> int:
    return phrase.number


class Lexicon:
    """Folded phrases, found through their first two words; each is read when its first word is first met."""

    __slots__ = ("_by_head", "_by_word", "_lists", "_met", "_steps")

    def __init__(self, phrases: Iterable[str], lists: Mapping[str, str]) -> None:
        self._lists = lists
        self._steps: dict[str, _Step] = {}  # few stand in a single phrase only
        self._met: dict[str, _Begun | None] = {}
        self._by_word: dict[str, list[str]] = {}
        self._by_head: dict[str, list[str]] = {}
        for phrase in phrases:
            self._index(phrase)

    def _index(self, phrase: str) -> None:
        head = phrase.partition(" ")[0]
        if head.isalnum():
            self._by_word.setdefault(head, []).append(phrase)
            return
        first = self._step(_written_steps(phrase.removeprefix("^").split(maxsplit=1)[0])[0])
        if first.kind == "digit":
            self._by_word.setdefault("#", []).append(phrase)
            return
        if (
            first.kind != "word"
            or first.optional
            or first.tails
            or first.parts
            or min(map(len, first.heads), default=9) < _STEM
        ):
            raise ValueError(f"a phrase begins with a word or a stem of {_STEM} letters: {phrase!r}")
        for word in first.exact:
            self._by_word.setdefault(word, []).append(phrase)
        for head in {head[:_STEM] for head in first.heads}:
            self._by_head.setdefault(head, []).append(phrase)

    def find(self, text: Text) -> Iterator[Hit]:
        """All phrases in the text, each as short as it can be, in the order of the words."""
        words = text.words
        following = (*(word.folded for word in words[1:]), "")
        for index, (word, second) in enumerate(zip(words, following, strict=False)):
            begun = self._met[word.folded] if word.folded in self._met else self._meet(word.folded)
            for phrase in begun.before(second) if begun else ():
                last = _end_of_match(phrase.steps, words, index)
                if last > index:
                    yield Hit(phrase.written, index, last)

    def _meet(self, folded: str) -> _Begun | None:
        """Find out which phrases may begin with a word; most words begin none."""
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        begun = _Begun({}, [])
        for number, phrase in enumerate(self._candidates(folded)):
            written = _written_steps(phrase)
            if self._step(written[1 if written[0] == "^" else 0]).fits(folded):
                begun.add(_Phrase(number, phrase, tuple(map(self._step, written))))
        self._met[folded] = begun if begun.by_second or begun.others else None
        return self._met[folded]

    def _candidates(self, folded: str) -> Iterator[str]:
        begins_with_digit = folded[:1].isdigit()  # of a voicing mark that stands alone (U+FF9E) nothing is left
        exact = (*self._by_word.get(folded, ()), *(self._by_word.get("#", ()) if begins_with_digit else ()))
        yield from exact
        yield from (phrase for phrase in self._by_head.get(folded[:_STEM], ()) if phrase not in exact)

    def _step(self, written: str) -> _Step:
        step = self._steps.get(written)
        if step is None:
            step = self._steps[written] = _read_step(written, self._lists)
        return step


def _end_of_match(steps: Sequence[_Step], words: Sequence[Word], index: int) -> int:
    """Return the index behind the last word of the phrase that begins at `words[index]`, or -1."""
    sentence = words[index].sentence
    if steps[0].kind == "start":
        if index and words[index - 1].sentence == sentence:
            return -1
        steps = steps[1:]
    return _follow(steps, words, index, sentence)


def _follow(steps: Sequence[_Step], words: Sequence[Word], index: int, sentence: int) -> int:
    if not steps:
        return index
    step, rest = steps[0], steps[1:]
    inside = index < len(words) and words[index].sentence == sentence
    if step.kind == "end":
        return -1 if inside else _follow(rest, words, index, sentence)
    if step.kind == "gap":
        return _bridge(rest, words, index, sentence)
    if inside and step.fits(words[index].folded):
        end = _follow(rest, words, index + 1, sentence)
        if end >= 0:
            return end
    return _follow(rest, words, index, sentence) if step.optional else -1


def _bridge(rest: Sequence[_Step], words: Sequence[Word], index: int, sentence: int) -> int:
    for skipped in range(LONGEST_GAP + 1):
        end = _follow(rest, words, index + skipped, sentence)
        if end >= 0:
            return end
    return -1


def clause_of(text: Text, hit: Hit, longest: int = LONGEST_EVIDENCE) -> str:
    """Quote the clause around a hit, cut at whole words when it is longer than `longest` characters."""
    first, last = hit.first, hit.last - 1
    clauses = text.words[first].clause, text.words[last].clause
    while True:
        before, after = _grow(text, first, last, clauses)
        if (before, after) == (first, last) or text.words[after].end - text.words[before].start > longest:
            break
        first, last = before, after
    return " ".join(text.raw[text.words[first].start : text.words[last].end].split())


def _grow(text: Text, first: int, last: int, clauses: tuple[int, int]) -> tuple[int, int]:
    """One word more on each side, as long as it belongs to the same clause."""
    words = text.words
    before = first - 1 if first and words[first - 1].clause == clauses[0] else first
    after = last + 1 if last + 1 < len(words) and words[last + 1].clause == clauses[1] else last
    return before, after

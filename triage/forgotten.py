"""What leads back to a customer who is to be forgotten, and what a mail of somebody else is without it.

The hard truth: what is gone must not come back with the next sync, although nobody may be able to read who it was. So
all that stays of an address is a slow, salted hash; a mail is known by it, and only one that was there already.
Pure: salts and moments are arguments.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from triage.answers import needs_no_answer
from triage.conversations import hashed_subject
from triage.mail.subject import stripped_subject
from triage.model import Address, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from triage.model import Entry, Verdict

_ROUNDS = 20_000  # some 5 ms an address: nobody tries all addresses of a country
_ADDRESS = re.compile(r"[a-z0-9._%+'-]{1,64}@[a-z0-9.-]{1,255}", re.ASCII)
_ENDS = re.compile(r"[\s<>,;\"()]+")  # of a Message-ID
_CUT = "…"
_SNIPPET = 200
_LONG_LINE = 30  # characters of a line by which a quotation is known
_WORDS = 5
_SHORTEST_NAME, _LONG_NAME = 3, 5  # letters


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The trace of a name that was forgotten: mail received `until` then is passed by, later mail is not."""

    hash: str
    salt: str
    until: datetime


@cache
def hash_of(name: str, salt: str) -> str:
    """Hash an address, slowly since addresses can be guessed; or a Message-ID (`id:…`), quickly since it cannot."""
    rounds = 1 if name.startswith("id:") else _ROUNDS
    return hashlib.pbkdf2_hmac("sha256", name.encode("utf-8", "replace"), bytes.fromhex(salt), rounds).hex()


@dataclass(frozen=True, slots=True)
class Remains:
    """What stays of a mail: all, or what was cut when it named somebody who is forgotten (`cut` are the addresses)."""

    entry: Entry
    text: str
    cut: frozenset[str] = frozenset()


class Memory:
    """Knows the forgotten when it sees them."""

    def __init__(self, forgotten: Iterable[Forgotten]) -> None:
        self._until = {each.hash: each.until for each in forgotten}
        self._salts = {each.salt for each in forgotten}
        self._last = max(self._until.values(), default=None)

    def has(self, name: str, at: datetime | None = None) -> bool:
        """Say whether an address (or `id:` with a Message-ID) is forgotten, as of a moment of receipt."""
        untils = [self._until.get(hash_of(name, salt)) for salt in self._salts]
        return any(until is not None and (at is None or at <= until) for until in untils)

    def cut_text(self, text: str) -> str:
        """Give a text without the addresses of the forgotten."""
        named = frozenset(email for email in _addresses_in(text.lower()) if self._until and self.has(email))
        return Traces(named).cut_text(text) if named else text

    def remains(self, entry: Entry, text: str, source: bytes, *, is_ours: bool = False) -> Remains | None:
        """Tell what stays of a mail that comes in: None of theirs, of ours to them, and of machines about them."""
        if self._last is None or entry.received_at > self._last:
            return Remains(entry, text)
        seen = everything_in(source, entry, text)
        people = {entry.sender.email, entry.person.email, *entry.reply_to, *entry.recipients}
        named = frozenset(email for email in people | _addresses_in(seen) if self.has(email, entry.received_at))
        if not named:
            return Remains(entry, text)
        traces = Traces(named)
        if traces.is_theirs(entry) or traces.is_machines(entry) or (is_ours and named.issuperset(entry.recipients)):
            return None
        return Remains(traces.cut(entry, "" if is_ours else text), "" if is_ours else traces.cut_text(text), named)


@dataclass(frozen=True)
class Traces:
    """What leads back to a customer: addresses, names as they were written, Message-IDs, subjects, lines of mails."""

    addresses: frozenset[str]
    names: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()
    lines: frozenset[str] = field(default=frozenset(), repr=False)
    subjects: frozenset[str] = frozenset()

    def is_theirs(self, entry: Entry) -> bool:
        """Say whether a mail is theirs: as sender, as the person behind a form or relay, or in Reply-To."""
        return not self.addresses.isdisjoint({entry.sender.email, entry.person.email, *entry.reply_to})

    def is_machines(self, entry: Entry) -> bool:
        """Say whether a machine wrote a mail that names them, and nobody waits because of it: a bounce, an order."""
        return entry.automatic.sender is not Sender.PERSON and needs_no_answer(entry)

    def may_stand_in(self, source: bytes, entry: Entry, text: str) -> bool:
        """Say quickly whether a mail may name them by address or Message-ID: most mails do not."""
        pieces = (_read(entry), text, source.decode("utf-8", "replace"))
        return any(self._are_in(piece) for piece in pieces) or any(self._are_in(piece) for piece in _decoded(source))

    def _are_in(self, piece: str) -> bool:
        lower = piece.lower()
        return any(name.lower() in lower for name in (*self.addresses, *self.message_ids))

    def stand_in(self, seen: str, *, closely: bool) -> bool:
        """Say whether all that a mail holds (`everything_in()`) names them.

        Only `closely` by names and lines as well, in mails that have to do with theirs: others may share a name.
        """
        if not self._ids.isdisjoint(_ENDS.split(seen)) or self._emails.search(seen):
            return True
        return closely and (self._named.search(seen) is not None or any(line in seen for line in self.lines))

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(map(folded, self.message_ids))

    @cached_property
    def _emails(self) -> re.Pattern[str]:
        """Find addresses that are not the end or the beginning of another one."""
        listed = "|".join(re.escape(each) for each in sorted(self.addresses, key=len, reverse=True))
        return re.compile(rf"(?i:(?<![\w.+-])(?:{listed})(?![\w-]|\.\w))")

    @cached_property
    def _named(self) -> re.Pattern[str]:
        return _any_of(folded(name) for name in self.names)

    @cached_property
    def _written(self) -> re.Pattern[str]:
        """Find addresses, names and their long parts in any letter case, and the short ones as they are written.

        A short part in lower case, such as `van`, is no name.
        """
        parts = {part for name in self.names for part in name.split()}
        long = {*self.names, *(part for part in parts if len(part) >= _LONG_NAME)}
        short = {part for part in parts if _SHORTEST_NAME <= len(part) < _LONG_NAME and part[0].isupper()}
        return re.compile(f"{self._emails.pattern}|(?i:{_any_of(long).pattern})|{_any_of(short).pattern}")

    def cut_text(self, text: str) -> str:
        """Give a text without their addresses and names, and without lines of their mails."""
        kept = (line for line in text.split("\n") if folded(line.lstrip("> ")) not in self.lines)
        return self._written.sub(_CUT, "\n".join(kept))

    def cut(self, entry: Entry, text: str) -> Entry:
        """Give the entry of somebody else's mail, of which this text stays, without what leads back to them.

        The subject of a reply to their words is theirs.
        """
        is_reply = entry.subject_key in self.subjects and not self.message_ids.isdisjoint(entry.links)
        subject = "" if is_reply else self.cut_text(entry.subject)
        key = stripped_subject(subject) if subject and subject != entry.subject else entry.subject_key
        return replace(
            entry,
            sender=self._cut_address(entry.sender),
            person=self._cut_address(entry.person),
            recipients=self._without(entry.recipients, self.addresses),
            mentions=self._without(entry.mentions, self.addresses),
            links=self._without(entry.links, self.message_ids),
            subject=subject,
            subject_key=key if subject else hashed_subject(entry.subject_key),
            verdict=self._cut_verdict(entry.verdict),
            snippet=" ".join(self.cut_text(text)[: 4 * _SNIPPET].split())[:_SNIPPET],
        )

    def _cut_address(self, address: Address) -> Address:
        return replace(address, name=self._written.sub("", address.name).strip())

    def _cut_verdict(self, verdict: Verdict) -> Verdict:
        because = (self.cut_text(words).strip(f" {_CUT}") for words in verdict.because)
        return replace(verdict, because=tuple(words for words in because if words))

    @staticmethod
    def _without(names: tuple[str, ...], cut: frozenset[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in cut)

    def cut_words(self, words: frozenset[str]) -> frozenset[str]:
        """Give the words of a lesson without those of their names and addresses."""
        own = {part for name in (*self.names, *self.addresses) for part in re.split(r"[\W\d_]+", name.casefold())}
        return frozenset(word for word in words if own.isdisjoint(word.split()))


def _addresses_in(text: str) -> set[str]:
    """Find the addresses in a text, without the full stop or quote behind them."""
    return {found.strip(".'") for found in _ADDRESS.findall(text)}


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)" if listed else r"(?!)")


def folded(line: str) -> str:
    """Give a line as it is compared: in lower case, with single blanks."""
    return " ".join(line.casefold().split())


def long_lines(text: str) -> Iterator[str]:
    """Give the lines by which a quotation of this text is known: those that nobody else writes by chance."""
    for line in text.split("\n"):
        plain = folded(line)
        if len(plain) >= _LONG_LINE and plain.count(" ") >= _WORDS - 1:
            yield plain


def everything_in(source: bytes, entry: Entry, text: str) -> str:
    """Give all that a mail says, decoded: headers, every part, and what was read of it; as `folded()` does."""
    return folded("\n".join((_read(entry), text, source.decode("utf-8", "replace"), *_decoded(source))))


def _read(entry: Entry) -> str:
    people = (entry.sender.name, entry.person.name)
    return "\n".join((entry.subject, *people, *entry.recipients, *entry.mentions, *entry.links))


def _decoded(source: bytes) -> Iterator[str]:
    from triage.mail.headers import decode_words, raw_text
    from triage.mail.mime import read_parts, read_text

    if not re.search(rb"base64|quoted-printable|=\?", source, re.IGNORECASE):
        return
    root, _ = read_parts(source.replace(b"\r\n", b"\n"), truncated=True)
    for part in root.walk():
        yield from (decode_words(raw_text(value)) for _, value in part.fields)
        if not part.children:
            yield read_text(part)[0]

"""The whole way on one page: from what was fetched to the rows of the queue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from triage import answers, cases, rank
from triage.conversations import build_conversations, family_names, is_ours
from triage.decisions import TEACHING, Decided, Teaching, decided, holding
from triage.model import Kind
from triage.settings import OurAddresses
from triage.store import Arrival, Flags, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from triage.classify.doubt import Doubt
    from triage.classify.learn import Lessons
    from triage.classify.learnt import Learnt
    from triage.clock import OpeningHours
    from triage.mail.source import Fetched
    from triage.model import Conversation, Copy, Entry, Message, Verdict
    from triage.rank import Row
    from triage.settings import Settings, TargetSettings
    from triage.store import Store

DERIVATION = 5
"""Counts up whenever reading changes so that what is stored must be read again."""

MOST_READ_CLOSELY = 500
"""Mails of customers that the network reads in one run, the newest first: some 30 s of one core.

Whatever is older waits for the next run."""

MOST_CHECKED = 16
"""The same for mails that a glance took for nobody's: they are many at a first sync, and hardly ever anything else. It
is a second of each run until all are read."""

MOST_JUDGED_AGAIN = 500
"""Mails that a lesson changes, the newest first: some 3 s."""

_FAMILIES_AT_ONCE = 500
NOTHING_TAUGHT = Teaching({})
_READ_AGAIN = 100  # mails in a batch
_READ_AT_ONCE = 16  # mails; what was read is kept after each such batch


def our_addresses(settings: Settings) -> OurAddresses:
    """Give the addresses of all accounts: a mail between them is internal."""
    accounts = settings.accounts
    return OurAddresses(
        frozenset().union(*(account.addresses.exact for account in accounts)),
        frozenset().union(*(account.addresses.domains for account in accounts)),
    )


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a message becomes what is stored: depends on the settings, and is recorded so that a change is noticed.

    Every message is glanced at by `classify`; `read_closely` asks the network, of which `weights` tells the version.
    What the owner taught is no part of the signature: it changes what is undecided, and what comes in later.
    """

    ours: OurAddresses
    settings: Settings
    classify: Callable[[Message, Learnt | None, Lessons], Verdict]
    now: datetime
    read_closely: Callable[[Message], Learnt | None] = lambda _: None
    weights: str = ""
    teaching: Teaching = NOTHING_TAUGHT

    def signature(self) -> str:
        """Tell derivations apart."""
        return signature(self.settings, self.ours)

    def arrivals(self, batch: Iterable[Fetched], copy: Copy) -> list[Arrival]:
        """Read what was fetched, lying in this place."""
        return [self._arrival(fetched, copy) for fetched in batch]

    def arrivals_bare(self, batch: Iterable[Fetched], copy: Copy) -> list[Arrival]:
        """Do the same, but leave out the source: whoever asks has it."""
        return [replace(arrival, source=b"") for arrival in self.arrivals(batch, copy)]

    def again_bare(self, batch: Iterable[Known]) -> list[Arrival]:
        """Read anew what is stored; the source is left out."""
        return [replace(self.read(known.stored, learnt=known.learnt), source=b"") for known in batch]

    def _arrival(self, fetched: Fetched, copy: Copy) -> Arrival:
        received_at = fetched.received_at or self.now
        stored = Stored(fetched.source, received_at, (copy,), fetched.gmail_thread, fetched.is_truncated)
        return self.read(stored, fetched.uid, fetched.flags)

    def lessons(self, stored: Stored) -> Lessons:
        """Give what was taught where a message lies; of several accounts the owner's first counts, as in its row."""
        lying = {copy.account for copy in stored.copies}
        names = (account.name for account in self.settings.accounts if account.name in lying)
        return self.teaching.of(next(names, ""))

    def learn(self, mails: Sequence[Stored]) -> list[Learnt | None]:
        """Let the network read messages."""
        return [self.read_closely(message_of(stored)) for stored in mails]

    def read(self, stored: Stored, uid: int = 0, flags: Flags | None = None, learnt: Learnt | None = None) -> Arrival:
        """Read a message: header, words, who wrote it, what it is."""
        from triage.reading import read_entry

        message = message_of(stored)
        lessons = self.lessons(stored)
        entry = read_entry(
            message,
            lambda mail: self.classify(mail, learnt, lessons),
            is_ours=lambda bare: is_ours(bare, self.ours),
            rules=self.settings.rules,
            copies=stored.copies,
            gmail_thread=stored.gmail_thread,
        )
        return Arrival(
            uid=uid,
            entry=entry,
            text=message.text,
            source=stored.source,
            flags=flags or Flags(),
            is_ours=is_ours(entry, self.ours),
            names=family_names(entry, self.ours),
            is_truncated=stored.is_truncated,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A stored message: its number in the store, what was fetched, and what the network read in it."""

    number: int
    stored: Stored
    learnt: Learnt | None


def message_of(stored: Stored) -> Message:
    """Read a stored message as a person wrote it. What it takes is imported here: to print the queue, nobody reads."""
    from triage.mail.message import read_message
    from triage.reading import as_person

    return as_person(read_message(stored.source, stored.received_at, truncated=stored.is_truncated))


def signature(settings: Settings, ours: OurAddresses) -> str:
    """Name what reading depends on: the reader's version, our addresses and the owner's rules."""
    addresses = sorted((*ours.exact, *(f"@{domain}" for domain in ours.domains)))
    # The order in which a set gives its members changes from run to run.
    rules = [(sorted(rule.flags), replace(rule, flags=frozenset())) for rule in settings.rules]
    # Rules may name customers, who may be forgotten: so a hash of it all is what is kept.
    return hashlib.sha256(repr((DERIVATION, addresses, rules)).encode("utf-8", "replace")).hexdigest()


def derive_again(
    store: Store,
    derivation: Derivation,
    tell: Callable[[int], None] = lambda _: None,
    again: Callable[[Iterable[list[Known]]], Iterable[tuple[list[Known], list[Arrival]]]] | None = None,
) -> bool:
    """Read every stored message again if it was read with other settings or an older reader; say whether it was.

    `again` reads them batch by batch; left out, the derivation does.
    """
    current = derivation.signature()
    if store.signature() == current:
        return False
    done = 0
    with store.transaction():
        store.forget_families()
        batches = _batches(store)
        read = again(batches) if again else ((batch, derivation.again_bare(batch)) for batch in batches)
        for batch, arrivals in read:
            for known, arrival in zip(batch, arrivals, strict=True):
                store.derive(known.number, arrival)
            done += len(batch)
            tell(done)
        for entry in store.bare_entries():  # of which nothing else is left to be read
            names = family_names(entry, derivation.ours)
            store.regroup(entry.key, names, is_ours=is_ours(entry, derivation.ours))
        store.save_signature(current)
    return True


def _batches(store: Store) -> Iterator[list[Known]]:
    sources = store.sources()
    while batch := [Known(number, stored, store.learnt(number)) for number, stored in islice(sources, _READ_AGAIN)]:
        yield batch


def settle(
    store: Store,
    derivation: Derivation,
    tell: Callable[[int, int], None] = lambda _d, _t: None,
    learn: Callable[[Sequence[Stored]], list[Learnt | None]] | None = None,
) -> None:
    """Build anew the conversations that changed, and let the network read what may keep somebody waiting in them.

    What it reads may turn a mail into one that waits, or another into one that does not: so until nothing is left.
    `learn` asks the network about some mails; left out, the derivation does. `tell` hears how many families of how many
    are built, and then how many mails of how many are read.
    """
    update_conversations(store, derivation.settings, tell)
    weights, done = derivation.weights, 0
    left = {True: MOST_READ_CLOSELY, False: MOST_CHECKED} if weights else {}
    total = sum(len(store.to_read(weights, most, is_customers=is_theirs)) for is_theirs, most in left.items())
    while numbers := _next_to_read(store, weights, left):
        _read_closely(store, derivation, numbers, learn or derivation.learn)
        update_conversations(store, derivation.settings)
        done += len(numbers)
        tell(done, max(done, total))


def _next_to_read(store: Store, weights: str, left: dict[bool, int]) -> list[int]:
    """Take some of what is to be read closely, customers' mails first; `left` is how many of either kind may be."""
    for is_customers, most in left.items():
        if most and (numbers := store.to_read(weights, min(_READ_AT_ONCE, most), is_customers=is_customers)):
            left[is_customers] -= len(numbers)
            return numbers
    return []


def judge_again(store: Store, derivation: Derivation) -> None:
    """Judge anew what is undecided, after the owner taught something; what was answered stays as it was judged."""
    with store.transaction():
        for number in store.undecided(MOST_JUDGED_AGAIN):
            if stored := store.stored(number):
                store.derive(number, derivation.read(stored, learnt=store.learnt(number)))
    update_conversations(store, derivation.settings)


def doubt_about(store: Store, derivation: Derivation, entry: Entry) -> Doubt | None:
    """Say what would have changed the kind of a message, judged as it was: closely or at a glance."""
    from triage.classify.doubt import doubt

    closely = store.learnt_of(entry.key) is not None
    stored = store.source_of(entry.key)
    if stored is None:
        return None
    message = message_of(stored)
    lessons = derivation.lessons(stored)

    def judge(mail: Message) -> Verdict:
        return derivation.classify(mail, derivation.read_closely(mail) if closely else None, lessons)

    return doubt(message, entry.verdict, judge)


@dataclass(frozen=True, slots=True)
class TaughtMail:
    """A mail of which the owner said what it is, and what all the others that were corrected teach."""

    kind: Kind
    message: Message
    lessons: Lessons


def corrected_mails(store: Store, derivation: Derivation) -> Iterator[TaughtMail]:
    """Give the mails that were corrected or confirmed and are still in the mirror, to measure the classifier by.

    Each comes with what was taught without it: a lesson cannot be measured by itself.
    """
    from triage.classify.learn import Lesson

    decisions = {each.mail: each for each in store.decisions() if each.action in TEACHING}
    for mail, decision in decisions.items():
        stored = store.source_of(mail)
        if stored is not None:
            message = message_of(stored)
            lessons = derivation.lessons(stored).without(Lesson(Kind(decision.value), decision.words))
            yield TaughtMail(Kind(decision.value), message, lessons)


def _read_closely(
    store: Store,
    derivation: Derivation,
    numbers: Iterable[int],
    learn: Callable[[Sequence[Stored]], list[Learnt | None]],
) -> None:
    found = [(number, stored) for number in numbers if (stored := store.stored(number))]
    read = learn([stored for _, stored in found])
    with store.transaction():
        for (number, stored), learnt in zip(found, read, strict=True):
            store.save_learnt(number, learnt, derivation.weights)
            store.derive(number, derivation.read(stored, learnt=learnt))


def update_conversations(
    store: Store, settings: Settings, tell: Callable[[int, int], None] = lambda _d, _t: None
) -> None:
    """Build anew the conversations that changed since the last time."""
    ours = our_addresses(settings)
    accounts = [account.name for account in settings.accounts]
    if store.accounts() != repr(accounts):
        with store.transaction():
            store.save_accounts(repr(accounts))
    done = 0
    while families := store.dirty_families():
        for start in range(0, len(families), _FAMILIES_AT_ONCE):
            with store.transaction():
                decisions = holding(store.decisions())
                some = families[start : start + _FAMILIES_AT_ONCE]
                _update_families(store, some, decisions, ours, accounts, settings.targets)
            done += len(families[start : start + _FAMILIES_AT_ONCE])
            tell(done, len(families))


def _update_families(
    store: Store, families: list[int], decisions: Decided, ours: OurAddresses, accounts: list[str],
    targets: TargetSettings,
) -> None:  # fmt: skip
    from triage.outcomes import ended_rounds

    found = {
        family: _as_it_stands(entries, accounts, decisions) for family, entries in store.entries_of(families).items()
    }
    store.save_acknowledged({family: _acknowledged(entries, ours) for family, entries in found.items()})
    bulk = store.bulk({entry.fingerprint for entries in found.values() for entry in entries}, and_family=False)
    built = {family: build_conversations(entries, ours, bulk) for family, entries in found.items()}
    summed = {
        family: [(cases.sum_up(each, accounts, decisions), message_ids(each)) for each in conversations]
        for family, conversations in built.items()
    }
    every = [conversation for conversations in built.values() for conversation in conversations]
    unsettled = [key for conversation in every for key in cases.unsettled(conversation)]
    undecided = {
        key: is_customers for conversation in every for key, is_customers in cases.undecided(conversation).items()
    }
    store.save_conversations(summed, unsettled, undecided)
    named = [pair for pairs in summed.values() for pair in pairs]
    ended = [
        outcome
        for conversation, (case, _) in zip(every, named, strict=True)
        for outcome in ended_rounds(conversation, case.account, targets)
    ]
    store.save_outcomes(ended, (name for _, names in named for name in names))


def conversations_of(
    store: Store, settings: Settings, family: int, until: datetime | None = None
) -> tuple[Conversation, ...]:
    """Build the conversations of a family again from its messages, for the time line of one of them."""
    accounts = [account.name for account in settings.accounts]
    entries = _as_it_stands(store.entries(family, until), accounts, holding(store.decisions(until)))
    bulk = store.bulk({entry.fingerprint for entry in entries}, and_family=False)
    return build_conversations(entries, our_addresses(settings), bulk)


def every_conversation(store: Store, settings: Settings) -> tuple[Conversation, ...]:
    """Build all conversations again from their messages."""
    accounts = [account.name for account in settings.accounts]
    entries = _as_it_stands(store.entries(), accounts, holding(store.decisions()))
    return build_conversations(entries, our_addresses(settings), store.bulk())


def _as_it_stands(entries: Iterable[Entry], accounts: Collection[str], decisions: Decided) -> list[Entry]:
    """Let the owner's word on kinds stand above what was read.

    Left out are the places in accounts that are no longer in the configuration, and what lies nowhere else.
    """
    found = []
    for entry in (decided(entry, decisions) for entry in entries):
        copies = tuple(copy for copy in entry.copies if copy.account in accounts)
        if copies or not entry.copies:
            found.append(entry if copies == entry.copies else replace(entry, copies=copies))
    return found


def _acknowledged(entries: Iterable[Entry], ours: OurAddresses) -> set[tuple[str, str]]:
    written = [(entry, is_ours(entry, ours)) for entry in entries]
    return answers.acknowledged((entry for entry, our in written if not our), (entry for entry, our in written if our))


def message_ids(conversation: Conversation) -> tuple[str, ...]:
    """Give the Message-IDs in a conversation, those of others first, oldest first: on them its ID hangs."""
    theirs = [member.entry.message_id for member in conversation.members if not member.is_ours]
    ours = [member.entry.message_id for member in conversation.members if member.is_ours]
    return tuple(dict.fromkeys((*theirs, *ours)))


def build_queue(
    store: Store, settings: Settings, hours: OpeningHours, now: datetime, *, everything: bool = False
) -> tuple[Row, ...]:
    """Give the rows at this moment, ranked; `everything` includes conversations in which nobody waits."""
    if everything:
        return tuple(every_row(store, settings, hours, now))
    return rank.rank((rank.judge(case, now, hours, settings.targets) for case in store.open_cases()), settings.queue)


def every_row(store: Store, settings: Settings, hours: OpeningHours, now: datetime) -> Iterator[Row]:
    """Give the rows of all conversations at this moment, ranked, one at a time: there may be 40,000."""
    held = store.held_targets()
    judged = (
        rank.judge(case, now, hours, settings.targets, held.get(case.question_id, "")) for case in store.all_cases()
    )
    return rank.rank_as_they_come(judged, settings.queue)


def build_queue_at(store: Store, settings: Settings, hours: OpeningHours, at: datetime) -> tuple[Row, ...]:
    """Give all rows as they were at a moment: messages received later do not exist."""
    accounts = [account.name for account in settings.accounts]
    ours = our_addresses(settings)
    held = store.held_targets()
    rows: list[Row] = []
    taken: set[str] = set()
    decisions = holding(store.decisions(at))
    entries = _as_it_stands(store.entries(until=at), accounts, decisions)
    for conversation in build_conversations(entries, ours):
        case = replace(
            cases.sum_up(conversation, accounts, decisions), id=store.identity(message_ids(conversation), taken)
        )
        taken.add(case.id)
        rows.append(rank.judge(case, at, hours, settings.targets, held.get(case.question_id, "")))
    return rank.rank(rows, settings.queue)


def opening_hours(store: Store, settings: Settings, around: Iterable[datetime]) -> OpeningHours:
    """Give the shop's opening hours with the holidays of the years around these moments, looked up once a year."""
    code = settings.shop.holidays
    if not code:
        return settings.opening_hours()
    moments = list(around)
    first = min(moments) - timedelta(days=400)
    last = max(moments) + timedelta(days=800)
    years = range(first.year, last.year + 1)
    edition = f"{code} {_edition()}"
    known = store.holidays(edition, years)
    missing = [year for year in years if year not in known]
    if missing:
        from triage.config import holiday_dates

        found: dict[int, frozenset[date]] = {year: holiday_dates(code, [year]) for year in missing}
        with store.transaction():
            store.save_holidays(edition, found)
        known.update(found)
    return settings.opening_hours(frozenset[date]().union(*known.values()) if known else frozenset())


def _edition() -> str:
    """Tell the installed version of the `holidays` library from others without the 0.2 s of importing it."""
    from importlib.util import find_spec

    found = find_spec("holidays")
    return str(Path(found.origin).stat().st_mtime_ns) if found and found.origin else ""


def since_date(now: datetime, since: timedelta) -> date:
    """Give the day from which on is looked back."""
    return (now.astimezone(UTC) - since).date()

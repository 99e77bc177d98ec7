"""Messages -> conversations: which mails belong together, and with which customer.

The hard truth: two customers never merge, whatever their mails claim. A customer's own mail finds its conversation by
what it names, by Gmail's thread, by subject, by order number; another address only by naming a mail of ours or of that
customer under the same subject. Placing goes by time of receipt, so the order of arrival never changes the result.
A mail of ours may stand in several conversations (it went to several customers); any other stands in exactly one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from triage.answers import (
    bulk_acknowledgements,
    is_report,
    needs_no_answer,
    reply_to_customer,
    tell_rounds,
)
from triage.model import Conversation, Ending, Member, Role, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.model import Address, Entry, Round

SILENCE = timedelta(days=30)
"""A conversation that has been silent for longer is over: a further mail starts a new one."""

_HASHED = "\x7fsha256:"  # no subject that was read begins with a control character


class Ours(Protocol):
    """Our own addresses, whole domains and aliases."""

    def contains(self, email: str) -> bool:
        """Say whether an address is ours."""
        ...


def family_names(entry: Entry, ours: Ours) -> frozenset[str]:
    """Give the names that tie a message to others: building conversations family by family gives the same result.

    A family is what is connected through these names: Message-IDs, Gmail's threads, and addresses of persons (a
    newsletter's address ties nothing).
    """
    our = is_ours(entry, ours)
    names = {f"id:{entry.message_id}"}
    if not our and _stands_alone(entry):
        return frozenset(names)
    names.update(f"id:{named}" for named in entry.links)
    if entry.report is not None and entry.report.returned_id:
        names.add(f"id:{entry.report.returned_id}")
    if our:
        emails = {*entry.recipients, *(entry.mentions if entry.is_forward else ())}
    else:
        emails = set() if is_report(entry) else {_with_person(entry, ours).person.email, *entry.reply_to}
        names.update({f"thread:{entry.gmail_thread}"} if entry.gmail_thread else ())
    names.update(f"address:{email}" for email in emails if email and not ours.contains(email))
    return frozenset(names)


def is_ours(entry: Entry, ours: Ours) -> bool:
    """Say whether one of us wrote this.

    Our own web form sends from our address to our address with a foreign Reply-To: that is a customer. What lies only
    among our sent mail and went to strangers is ours although its alias is not in the configuration.
    """
    if ours.contains(entry.sender.email):
        return not _is_own_form(entry, ours)
    only_sent = bool(entry.copies) and all(copy.role is Role.SENT for copy in entry.copies)
    return only_sent and bool(entry.recipients) and not any(map(ours.contains, entry.recipients))


def _is_own_form(entry: Entry, ours: Ours) -> bool:
    """Tell our own web form from an answer of ours with a foreign Reply-To: a form writes to us and names no mail."""
    behind = {email for email in entry.reply_to if not ours.contains(email)}
    if not behind and (entry.via != "form" or ours.contains(entry.person.email)):
        return False
    if entry.links:
        return False
    strangers = {email for email in entry.recipients if not ours.contains(email)}
    if not strangers <= {*behind, entry.person.email}:
        return False
    return len(strangers) < len(entry.recipients) or (entry.via == "form" and not entry.recipients)


def merge_copies(entries: Iterable[Entry]) -> list[Entry]:
    """Count the copies of a message once: the earliest receipt holds, and every place where it lies is kept."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        known = merged.get(entry.key)
        if known is not None:
            places = dict.fromkeys((*known.copies, *entry.copies))
            earliest = min(known, entry, key=lambda copy: copy.received_at)
            merged[entry.key] = replace(earliest, copies=tuple(places))
        else:
            merged[entry.key] = entry
    return list(merged.values())


def hashed_subject(subject_key: str) -> str:
    """Give a subject so that it can be compared but not read: what stays of one whose words were purged."""
    if not subject_key or subject_key.startswith(_HASHED):
        return subject_key
    return _HASHED + hashlib.sha256(subject_key.encode("utf-8", "replace")).hexdigest()[:32]


def alike(entries: list[Entry]) -> list[Entry]:
    """Let subjects be compared with those that were purged, if any were."""
    if not any(entry.subject_key.startswith(_HASHED) for entry in entries):
        return entries
    return [replace(entry, subject_key=hashed_subject(entry.subject_key)) for entry in entries]


def build_conversations(
    entries: Iterable[Entry], ours: Ours, bulk: frozenset[str] | None = None
) -> tuple[Conversation, ...]:
    """Place every message, oldest first, and tell the rounds of each conversation.

    `bulk` are the fingerprints of acknowledgements sent by a machine; without it they are found among `entries`.
    Conversations in which only we wrote are left out.
    """
    written = [(_with_person(entry, ours), is_ours(entry, ours)) for entry in alike(merge_copies(entries))]
    written.sort(key=lambda pair: (pair[0].received_at, pair[1], pair[0].key))
    if bulk is None:
        bulk = bulk_acknowledgements(
            (entry for entry, our in written if not our), (entry for entry, our in written if our)
        )
    builder = _Builder(ours, bulk)
    for entry, our in written:
        if our:
            builder.place_ours(entry)
        else:
            builder.place_theirs(entry)
    return tuple(thread.conversation() for thread in builder.threads if thread.has_stranger)


def _with_person(entry: Entry, ours: Ours) -> Entry:
    """See to it that the person behind our own form is not ourselves: it is in Reply-To."""
    if not ours.contains(entry.person.email) or not _is_own_form(entry, ours):
        return entry
    foreign = next(email for email in entry.reply_to if not ours.contains(email))
    return replace(entry, person=replace(entry.person, email=foreign, name=""))


class _Thread:
    """A conversation that is being built."""

    __slots__ = ("_told", "addresses", "bulk", "has_customer", "members", "orders", "participants", "subjects")

    def __init__(self, bulk: frozenset[str], addresses: set[str]) -> None:
        self.bulk = bulk
        self.members: list[Member] = []
        self.addresses = addresses  # the customer's own
        self.participants = set(addresses)  # and of all who took part
        self.subjects: set[str] = set()
        self.orders: set[str] = set()
        self.has_customer = False
        self._told: tuple[list[Member], list[Round]] | None = None

    @property
    def has_stranger(self) -> bool:
        return any(not member.is_ours for member in self.members)

    def add(self, member: Member) -> None:
        entry = member.entry
        self._told = None
        self.members.append(member)
        if not member.is_ours and is_report(entry):
            return
        self.subjects.add(entry.subject_key)
        self.orders.update(entry.verdict.order_numbers)
        if not member.is_ours:
            self.has_customer = True
            self.participants.update((entry.person.email, *entry.reply_to))

    def tell(self) -> tuple[list[Member], list[Round]]:
        if self._told is None:
            self._told = tell_rounds(self.members, self.bulk)
        return self._told

    def ending(self) -> Ending | None:
        """How the newest round ended; None where there was none."""
        rounds = self.tell()[1]
        return rounds[-1].ending if rounds else None

    @property
    def is_open(self) -> bool:
        return self.ending() is Ending.OPEN

    @property
    def is_loosely_open(self) -> bool:
        """Ended by nothing but a flag or by having left the mailbox: an answer of ours would be the better proof."""
        return self.ending() in {Ending.FLAG, Ending.FILED}

    def was_silent(self, entry: Entry) -> bool:
        return bool(self.members) and entry.received_at - self.members[-1].entry.received_at > SILENCE

    def keeps(self, entry: Entry) -> bool:
        """Say whether a reply of the customer stays: not after a long silence, nor with a new subject and order."""
        orders = entry.verdict.order_numbers
        is_new_order = bool(orders) and self.orders.isdisjoint(orders)
        return not self.was_silent(entry) and not (is_new_order and entry.subject_key not in self.subjects)

    def lets_join(self, entry: Entry, named: str) -> bool:
        """Say whether another address may join by naming this mail, of ours or of the customer, under its subject."""
        if not self.has_customer or self.was_silent(entry) or entry.subject_key not in self.subjects:
            return False
        return any(
            member.entry.message_id == named
            and (member.is_ours or (not member.is_joined and member.entry.person.email in self.addresses))
            for member in self.members
        )

    def conversation(self) -> Conversation:
        members, rounds = self.tell()
        return Conversation(tuple(members), self._customer(), tuple(rounds))

    def _customer(self) -> Address:
        theirs = [member.entry.person for member in self.members if not member.is_ours and not member.is_joined]
        persons = [
            member.entry.person
            for member in self.members
            if not member.is_ours and not member.is_joined and not is_report(member.entry)
        ]
        first = (persons or theirs or [self.members[0].entry.person])[0]
        names = (person.name for person in (*persons, *theirs) if person.email == first.email and person.name)
        return replace(first, name=next(names, ""))


class _Builder:
    """Places messages, which come in order of receipt, into threads."""

    def __init__(self, ours: Ours, bulk: frozenset[str]) -> None:
        self._ours = ours
        self._bulk = bulk
        self.threads: list[_Thread] = []
        self._by_id: dict[str, list[_Thread]] = defaultdict(list)
        self._by_named: dict[str, list[_Thread]] = defaultdict(list)
        self._by_gmail: dict[str, list[_Thread]] = defaultdict(list)
        self._by_customer: dict[str, list[_Thread]] = defaultdict(list)
        self._by_subject: dict[str, list[_Thread]] = defaultdict(list)
        self._joined: dict[str, list[_Thread]] = defaultdict(list)

    # -- theirs ------------------------------------------------

    def place_theirs(self, entry: Entry) -> None:
        if is_report(entry):
            self._place_report(entry)
        elif _stands_alone(entry):
            self._add(_Thread(self._bulk, set()), Member(entry, is_ours=False, link="first"))
        else:
            self._place_person(entry)

    def _place_report(self, entry: Entry) -> None:
        returned = (entry.report.returned_id,) if entry.report and entry.report.returned_id else ()
        failed = set(entry.report.recipients) if entry.report else set()
        for named in (*returned, *entry.links):
            known = self._by_id.get(named)
            if known:
                about = {entry.person.email, *failed}
                fitting = [thread for thread in known if not about.isdisjoint(thread.participants)]
                self._add((fitting or known)[0], Member(entry, is_ours=False, link="reference"))
                return
        self._add(_Thread(self._bulk, set()), Member(entry, is_ours=False, link="first"))

    def _place_person(self, entry: Entry) -> None:
        for thread, link in self._own_threads(entry):
            self._add(thread, Member(entry, is_ours=False, link=link))
            return
        thread = _Thread(self._bulk, {_customer_of(entry)})
        self._seed(thread, entry)
        self._add(thread, Member(entry, is_ours=False, link="first"))

    def _own_threads(self, entry: Entry) -> Iterator[tuple[_Thread, str]]:
        """Give the conversations in which a customer's mail may stand, the best first."""
        customer = _customer_of(entry)
        named = [(name, thread) for name in entry.links for thread in self._by_id.get(name, ())]
        for _, thread in named:
            if customer in thread.addresses and thread.keeps(entry):
                yield thread, "reference"
        for name, thread in named:
            if customer not in thread.addresses and thread.lets_join(entry, name):
                yield thread, "joined"
        for link, threads in self._further_threads(entry):
            yield from ((thread, link) for thread in threads if customer in thread.addresses and thread.keeps(entry))
        own = self._by_customer.get(customer, [])[::-1]
        yield from (
            (thread, "subject")
            for thread in own
            if entry.subject_key in thread.subjects and not thread.was_silent(entry)
        )
        orders = entry.verdict.order_numbers
        yield from ((thread, "order") for thread in own if not thread.orders.isdisjoint(orders) and thread.is_open)

    def _further_threads(self, entry: Entry) -> Iterator[tuple[str, list[_Thread]]]:
        """Give those that name this mail, or the same mail as it, although that mail is missing; and Gmail's thread."""
        for name in (entry.message_id, *entry.links):
            yield "reference", self._by_named.get(name, [])[::-1]
        if entry.gmail_thread:
            yield "thread", self._by_gmail.get(entry.gmail_thread, [])[::-1]

    def _seed(self, thread: _Thread, entry: Entry) -> None:
        """Begin with the mail of ours to which a new customer reacts, although we had written to somebody else."""
        for named in entry.links:
            for known in self._by_id.get(named, ()):
                for member in known.members:
                    is_named = member.is_ours and member.entry.message_id == named
                    if is_named and not known.has_customer and entry.subject_key == member.entry.subject_key:
                        self._add(thread, member)
                        return

    # -- ours ------------------------------------------------

    def place_ours(self, entry: Entry) -> None:
        if entry.copies and all(copy.draft for copy in entry.copies):
            return
        strangers = [email for email in entry.recipients if not self._ours.contains(email)]
        named = self._named_threads(entry)
        addressed = [thread for thread in named if reply_to_customer(entry, thread.participants)]
        addressed += self._still_open(entry, addressed)
        for thread in addressed or named[:1]:
            self._add(thread, Member(entry, is_ours=True, link="reference"))
        reached = set[str]().union(*(thread.participants for thread in addressed))
        others = [email for email in strangers if email not in reached]
        placed = self._place_by_recipient(entry, others, is_linked=bool(named))
        if not named and not placed and not self._place_forward(entry):
            for email in strangers:
                self._add(_Thread(self._bulk, {email}), Member(entry, is_ours=True, link="first"))

    def _named_threads(self, entry: Entry) -> list[_Thread]:
        """Give the conversations of the nearest mail named, those of a recipient before all."""
        nearest: list[_Thread] = []
        for named in entry.links:
            threads = self._by_id.get(named, [])
            if any(reply_to_customer(entry, thread.participants) for thread in threads):
                return threads
            nearest = nearest or threads
        return nearest

    def _still_open(self, entry: Entry, known: list[_Thread]) -> list[_Thread]:
        """Give what a long silence split off: still open under this subject, and named by an answer to a later mail."""
        threads = dict.fromkeys(thread for named in entry.links for thread in self._by_id.get(named, ()))
        return [
            thread
            for thread in threads
            if thread not in known
            and entry.subject_key in thread.subjects
            and reply_to_customer(entry, thread.participants)
            and thread.is_open
        ]

    def _place_by_recipient(self, entry: Entry, strangers: list[str], *, is_linked: bool) -> bool:
        """Place a mail that names none of the recipient's: by subject, order number, or the only open conversation."""
        placed = False
        for email in strangers:
            for thread, link in self._answered_threads(entry, email, is_linked=is_linked):
                placed = True
                if all(member.entry is not entry for member in thread.members):
                    self._add(thread, Member(entry, is_ours=True, link=link))
        return placed

    def _answered_threads(self, entry: Entry, email: str, *, is_linked: bool) -> list[tuple[_Thread, str]]:
        known = [*self._by_customer.get(email, ()), *self._joined.get(email, ())]
        same_subject = [thread for thread in known if entry.subject_key in thread.subjects]
        orders = entry.verdict.order_numbers
        same_order = [thread for thread in known if not thread.orders.isdisjoint(orders)]
        for threads, link in ((same_subject, "subject"), (same_order, "order")):
            waiting = _waiting(threads)
            if waiting:
                return [(thread, link) for thread in waiting]
        only = _waiting(self._by_customer.get(email, ())) or _waiting(self._joined.get(email, ()))
        if len(only) == 1 and not entry.is_notice and not is_linked:
            return [(only[0], "only-open")]
        recent = [thread for thread in same_subject if not thread.was_silent(entry)]
        return [(recent[-1], "subject")] if recent and not is_linked else []

    def _place_forward(self, entry: Entry) -> bool:
        """Place a forward that names nothing with the customer whose mail it holds."""
        if not entry.is_forward:
            return False
        same = self._by_subject.get(entry.subject_key, ())
        about = [thread for thread in same if not thread.participants.isdisjoint(entry.mentions)][-1:]
        for thread in about:
            self._add(thread, Member(entry, is_ours=True, link="subject"))
        return bool(about)

    # -- the indexes ------------------------------------------------

    def _add(self, thread: _Thread, member: Member) -> None:
        if not thread.members:
            self.threads.append(thread)
            for email in thread.addresses:
                self._by_customer[email].append(thread)
        entry = member.entry
        if member.link == "joined":
            member = replace(member, is_joined=True, link="reference")
        if not member.is_ours:
            for email in {entry.person.email, *entry.reply_to} - thread.addresses - thread.participants:
                self._joined[email].append(thread)
        thread.add(member)
        _index(self._by_id, entry.message_id, thread)
        if thread.addresses and not (not member.is_ours and is_report(entry)):
            self._index_names(entry, thread)

    def _index_names(self, entry: Entry, thread: _Thread) -> None:
        for named in entry.links:
            _index(self._by_named, named, thread)
        if entry.gmail_thread:
            _index(self._by_gmail, entry.gmail_thread, thread)
        _index(self._by_subject, entry.subject_key, thread)


def _customer_of(entry: Entry) -> str:
    """Name the customer by address; mails without one are each somebody else's."""
    return entry.person.email or f"nobody:{entry.key}"


def _index(index: dict[str, list[_Thread]], name: str, thread: _Thread) -> None:
    if thread not in index[name]:
        index[name].append(thread)


def _stands_alone(entry: Entry) -> bool:
    """Say whether a mail that needs no answer has a row of its own.

    A report and a person's reply stay elsewhere; so does what the owner took out of the queue: it stays in its row.
    """
    if is_report(entry) or not needs_no_answer(entry):
        return False
    return not (entry.automatic.sender is Sender.PERSON and (entry.links or entry.is_taught))


def _waiting(threads: Iterable[_Thread]) -> list[_Thread]:
    """Keep the open ones; where there are none, those that only a flag or their absence closed."""
    threads = list(threads)
    return [thread for thread in threads if thread.is_open] or [thread for thread in threads if thread.is_loosely_open]

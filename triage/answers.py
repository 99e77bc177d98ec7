"""Who waits for whom, since when, and by what proof: the rounds of one conversation.

The hard truth: *answered* means that a person of ours wrote to the customer after the question. Flags, forwards,
acknowledgements, drafts and answers that bounced are none; closing words open nothing; a stranger closes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from triage.model import Closing, Ending, Kind, Member, Part, Role, Round, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from triage.model import Entry

ACKNOWLEDGED_WITHIN = timedelta(seconds=60)
ACKNOWLEDGED_CUSTOMERS = 3

_AUTOMATIC = frozenset({Sender.AUTO_REPLY, Sender.RECEIPT, Sender.BOUNCE})
_LIST_SIGNS = ("list-", "feedback-id")


def reply_to_customer(entry: Entry, participants: Iterable[str]) -> bool:
    """Say whether a mail of ours went (To or Cc) to anyone who took part."""
    return not set(participants).isdisjoint(entry.recipients)


def is_discarded(entry: Entry) -> bool:
    """Say whether a mail of ours is a draft, or deleted wherever it still lies."""
    if not entry.copies:
        return False
    lying = [copy for copy in entry.copies if copy.present]
    return all(copy.draft for copy in entry.copies) or (bool(lying) and all(copy.deleted for copy in lying))


def is_filed(entry: Entry) -> bool:
    """Say whether a mail left every watched mailbox, or is marked as deleted there; the owner knows better."""
    if entry.is_done is not None:
        return entry.is_done
    watched = [copy for copy in entry.copies if copy.role is Role.WATCHED]
    return bool(entry.copies) and not any(copy.present and not copy.deleted for copy in watched)


def is_automatic_of_ours(entry: Entry) -> bool:
    """Say whether a machine of ours sent this, by its headers.

    Headers of mailing lists alone do not count against a mail that names the one it answers: help desks put them on
    people's answers.
    """
    if entry.automatic.sender is Sender.PERSON:
        return False
    only_list = all(sign.lower().startswith(_LIST_SIGNS) for sign in entry.automatic.signs)
    return not (only_list and entry.links)


def needs_no_answer(entry: Entry) -> bool:
    """Say whether nobody waits because of this mail, closing words of a person apart.

    An out-of-office that thanks for the mail has no closing words of a person.
    """
    if entry.automatic.proven:
        return True
    if entry.verdict.closing is not Closing.NO:
        return entry.automatic.sender is not Sender.PERSON
    return entry.verdict.kind is Kind.NONE


def is_report(entry: Entry) -> bool:
    """Say whether this is a bounce, an out-of-office or a receipt: it joins the mail that it names."""
    return needs_no_answer(entry) and (entry.report is not None or entry.automatic.sender in _AUTOMATIC)


def bulk_acknowledgements(mails: Iterable[Entry], replies: Iterable[Entry]) -> frozenset[str]:
    """Find the texts that a machine sends: the fingerprints of what went to three or more customers at once.

    `mails` are the customers', `replies` are ours; `acknowledged` tells what counts.
    """
    reached: dict[str, set[str]] = defaultdict(set)
    for text, customer in acknowledged(mails, replies):
        reached[text].add(customer)
    return frozenset(text for text, customers in reached.items() if len(customers) >= ACKNOWLEDGED_CUSTOMERS)


def acknowledged(mails: Iterable[Entry], replies: Iterable[Entry]) -> set[tuple[str, str]]:
    """Pair the fingerprint of each reply with each customer who got it within 60 seconds of the customer's own mail."""
    received: dict[str, list[datetime]] = defaultdict(list)
    for mail in (mail for mail in mails if not needs_no_answer(mail)):
        received[mail.person.email].append(mail.received_at)
    return {
        (reply.fingerprint, recipient)
        for reply in replies
        if reply.fingerprint
        for recipient in reply.recipients
        if any(_soon_after(moment, reply.received_at) for moment in received.get(recipient, ()))
    }


def _soon_after(question: datetime, reply: datetime) -> bool:
    return timedelta() <= reply - question <= ACKNOWLEDGED_WITHIN


def tell_rounds(members: Sequence[Member], bulk: frozenset[str] = frozenset()) -> tuple[list[Member], list[Round]]:
    """Give each member its part, and the rounds that they make; `members` come in order of receipt."""
    teller = _Teller(bulk, _bounces(members))
    told = [teller.tell(member, _is_flagged(members, place)) for place, member in enumerate(members)]
    return told, list(teller.finish())


def _bounces(members: Sequence[Member]) -> frozenset[str]:
    """Give the keys of our mails that a report of failure in the same conversation names."""
    ours = {member.entry.message_id: member.entry for member in members if member.is_ours}
    participants = {member.entry.person.email for member in members if not member.is_ours}
    lost: set[str] = set()
    for member in members:
        report = member.entry.report
        if member.is_ours or report is None or report.action != "failed":
            continue
        named = [ours[name] for name in (report.returned_id, *member.entry.links) if name in ours]
        lost.update(reply.key for reply in named if _failed_for(report.recipients, reply, participants))
    return frozenset(lost)


def _failed_for(recipients: tuple[str, ...], reply: Entry, participants: set[str]) -> bool:
    """Tell a failure towards the customer from one towards somebody in copy.

    Only when every failed recipient is certainly another one: forwarding rewrites addresses.
    """
    others = set(reply.recipients) - participants
    return not recipients or not set(recipients) <= others


def _is_flagged(members: Sequence[Member], place: int) -> bool:
    r"""Say whether the flag \Answered is all that is known: no mail of ours about this one is found.

    About it is what names it first, or what we wrote before the customer wrote again, be it a forward, an
    acknowledgement or an answer that bounced.
    """
    entry = members[place].entry
    if members[place].is_ours or entry.is_done is False or not any(copy.answered for copy in entry.copies):
        return False
    before_next_question = True
    for later in members[place + 1 :]:
        if not later.is_ours:
            before_next_question = before_next_question and needs_no_answer(later.entry)
        elif not is_discarded(later.entry) and (
            before_next_question or (later.entry.links and later.entry.links[0] == entry.message_id)
        ):
            return False
    return True


@dataclass(slots=True)
class _Open:
    """The round that is open while a conversation is told."""

    questions: list[Member]
    has_bounced: bool = False


class _Teller:
    """Walks through a conversation in order of receipt."""

    def __init__(self, bulk: frozenset[str], bounced: frozenset[str]) -> None:
        self._bulk = bulk
        self._bounced = bounced
        self._participants: set[str] = set()
        self._forwards: set[str] = set()
        self._last_question: dict[str, datetime] = {}
        self._open: _Open | None = None
        self._rounds: list[Round] = []

    def tell(self, member: Member, is_flagged: bool) -> Member:
        part = self._part_of_ours(member.entry) if member.is_ours else self._part_of_theirs(member)
        told = replace(member, part=part)
        if not member.is_ours:
            self._take_part(member)
        elif part is Part.FORWARD and member.entry.is_forward:
            self._forwards.add(member.entry.message_id)
        self._move(told)
        if is_flagged and self._open is not None and part in {Part.QUESTION, Part.FURTHER}:
            self._end(Ending.FLAG)
        return told

    def finish(self) -> Iterator[Round]:
        """Give the rounds; the last one stays open for what was not filed away."""
        if self._open is not None:
            left = [member for member in self._open.questions if not is_filed(member.entry)]
            self._end_closed()
            if left:
                self._open.questions = left
            self._end(Ending.OPEN if left else Ending.FILED)
        return iter(self._rounds)

    def _take_part(self, member: Member) -> None:
        """Note who can be answered: not the supplier who reacts to a forward, for thanking him answers no customer."""
        entry = member.entry
        if is_report(entry) or (member.is_joined and not self._forwards.isdisjoint(entry.links[:1])):
            return
        self._participants.update((entry.person.email, *entry.reply_to))
        self._last_question[entry.person.email] = entry.received_at

    def _part_of_ours(self, entry: Entry) -> Part:
        if is_discarded(entry):
            return Part.DISCARDED
        if not reply_to_customer(entry, self._participants):
            return Part.FORWARD
        if is_automatic_of_ours(entry) or self._is_bulk(entry):
            return Part.ACKNOWLEDGEMENT
        if entry.key in self._bounced:
            return Part.BOUNCED
        return Part.MORE if self._open is None else Part.ANSWER

    def _is_bulk(self, entry: Entry) -> bool:
        if entry.fingerprint not in self._bulk:
            return False
        asked = [self._last_question[name] for name in entry.recipients if name in self._last_question]
        return any(_soon_after(moment, entry.received_at) for moment in asked)

    def _part_of_theirs(self, member: Member) -> Part:
        entry = member.entry
        if needs_no_answer(entry):
            if entry.report is not None and entry.report.action == "failed":
                return Part.BOUNCE
            return Part.AUTOMATIC if is_report(entry) else Part.NOTHING
        if entry.verdict.closing is Closing.NO:
            return Part.QUESTION if self._open is None else Part.FURTHER
        if member.is_joined:
            return Part.NOTHING
        return Part.THANKS if entry.verdict.closing is Closing.THANKS else Part.WITHDRAWAL

    def _move(self, member: Member) -> None:
        match member.part:
            case Part.QUESTION:
                self._open = _Open([member])
            case Part.FURTHER if self._open is not None:
                self._open.questions.append(member)
            case Part.BOUNCED if self._open is not None:
                self._open.has_bounced = True
            case Part.ANSWER:
                self._end(Ending.ANSWERED, member)
            case Part.WITHDRAWAL if self._open is not None:
                self._end(Ending.WITHDRAWN)
            case _:
                pass

    def _end(self, ending: Ending, answer: Member | None = None) -> None:
        if self._open is None:
            return
        self._end_closed()
        self._rounds.append(Round(tuple(self._open.questions), ending, answer, self._open.has_bounced))
        self._open = None

    def _end_closed(self) -> None:
        """Let what the owner closed by hand be a round of its own, where the customer wrote again after it.

        Else the clock of what came later would have begun with what was closed.
        """
        if self._open is None:
            return
        closed = list(takewhile(lambda member: member.entry.is_done, self._open.questions))
        if closed and len(closed) < len(self._open.questions):
            self._rounds.append(Round(tuple(closed), Ending.FILED))
            self._open.questions = self._open.questions[len(closed) :]

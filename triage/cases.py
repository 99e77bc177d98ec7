"""A conversation summed up: everything about it that does not depend on the present moment.

A case is what the mirror keeps of a conversation, so that printing the queue costs what is open. Due times, urgency and
rank are not in it: a changed holiday or target is right at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from triage.answers import is_filed, needs_no_answer
from triage.decisions import Decided, as_kind
from triage.model import Address, Ending, Entry, Flag, Kind, Lane, Notice, Part, Role, Sender, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from triage.model import Conversation, Member, Round

_OF_CUSTOMER = frozenset({Part.QUESTION, Part.FURTHER, Part.THANKS, Part.WITHDRAWAL, Part.NOTHING})
_HEARD = _OF_CUSTOMER - {Part.NOTHING} | {Part.BOUNCE}
_MORE_THAN_CLOSING = frozenset({Part.QUESTION, Part.FURTHER})
_STATUS = {
    Ending.OPEN: Status.WAITING,
    Ending.ANSWERED: Status.ANSWERED,
    Ending.FLAG: Status.ANSWERED,
    Ending.WITHDRAWN: Status.NONE,
    Ending.FILED: Status.DONE,
}
NOTHING_DECIDED = Decided()

NOBODY_FROM = 0.95
"""Confidence of a glance at which a mail is taken for nobody's without a close reading. Of 1,278 mails of authors that
it did not know it was right in all 54 of them."""

NOBODY_FROM_BULK = 0.6
"""The same for lists and mass mailings: of 167 by all authors none was a customer's."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a row of the export says, but for what the moment adds; the owner's decisions are in it.

    `since`, `answered_at` speak of the newest round; `question_id` is the Message-ID that opened it. `lane` and
    `target` are set by a rule of the owner. `id` is empty until the store has given one.
    """

    account: str
    status: Status
    verdict: Verdict
    customer: Address
    subject: str
    received_at: datetime
    message_id: str
    mailbox: str
    snippet: str
    messages: int
    unanswered: int = 0
    since: datetime | None = None
    answered_at: datetime | None = None
    question_id: str = ""
    order_number: str = ""
    carrier: str = ""
    notices: frozenset[Notice] = frozenset()
    lane: Lane | None = None
    target: str = ""
    gmail_thread: str = ""
    snoozed_until: datetime | None = None
    assigned_to: str = ""
    notes: tuple[str, ...] = ()
    id: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether a customer waits, snoozed or not."""
        return self.status is Status.WAITING


def sum_up(conversation: Conversation, accounts: Sequence[str] = (), decisions: Decided = NOTHING_DECIDED) -> Case:
    """Sum a conversation up; `accounts` in the owner's order decide to which a mail in several belongs."""
    newest_round = conversation.rounds[-1] if conversation.rounds else None
    status = Status.NONE if newest_round is None else _STATUS[newest_round.ending]
    waiting = _waiting(conversation)
    standing = decisions.standing(
        [member.entry.key for member in conversation.members],
        [member.entry.key for member in waiting],
        max((member.entry.received_at for member in conversation.members if member.part in _HEARD), default=None),
    )
    theirs = [member for member in conversation.members if not member.is_ours]
    newest = ([member for member in theirs if member.part in _OF_CUSTOMER] or theirs)[-1].entry
    deciding = deciding_entry(conversation)
    return Case(
        account=_account((waiting[0] if waiting else theirs[0]).entry, accounts),
        status=status,
        verdict=replace(deciding.verdict, flags=_flags(waiting, deciding)),
        customer=conversation.customer,
        subject=newest.subject,
        received_at=newest.received_at,
        message_id=newest.message_id,
        mailbox=_mailbox(newest),
        snippet=newest.snippet,
        messages=len(conversation.members),
        unanswered=len(waiting),
        since=newest_round.since if newest_round else None,
        answered_at=newest_round.answer.entry.received_at if newest_round and newest_round.answer else None,
        question_id=newest_round.questions[0].entry.message_id if newest_round else "",
        order_number=_newest_fact(theirs, deciding, "order_numbers"),
        carrier=_newest_fact(theirs, deciding, "carrier"),
        notices=_notices(conversation, newest_round, deciding),
        lane=deciding.lane,
        target=deciding.target,
        gmail_thread=newest.gmail_thread,
        snoozed_until=standing.snoozed_until,
        assigned_to=standing.assigned_to,
        notes=standing.notes,
    )


def deciding_entry(conversation: Conversation) -> Entry:
    """Give the message whose kind is that of the conversation."""
    waiting = _waiting(conversation)
    if waiting:
        return deciding_question(waiting).entry
    return _last_question([member for member in conversation.members if not member.is_ours]).entry


def _waiting(conversation: Conversation) -> tuple[Member, ...]:
    newest = conversation.rounds[-1] if conversation.rounds else None
    return newest.questions if newest is not None and newest.ending is Ending.OPEN else ()


def to_decide(conversation: Conversation, kind: Kind) -> list[Entry]:
    """Name the messages whose kind the owner has to say so that the conversation becomes of a kind.

    That is the one which decides; and since anger in any waiting message outranks, those that would decide after it.
    """
    waiting, found = _waiting(conversation), list[Entry]()
    if not waiting:
        return [deciding_entry(conversation)]
    if kind is Kind.NONE:
        return [member.entry for member in waiting]
    while not found or deciding_question(waiting).entry.verdict.kind is not kind:
        entry = deciding_question(waiting).entry
        found.append(entry)
        waiting = tuple(
            replace(member, entry=as_kind(member.entry, kind)) if member.entry is entry else member
            for member in waiting
        )
    return found


def unsettled(conversation: Conversation) -> tuple[str, ...]:
    """Name the messages (by key) whose flags on the server may still change where the conversation stands.

    Those are the questions of a round that is open, or that ended by a flag or an absence alone.
    """
    ending = conversation.rounds[-1].ending if conversation.rounds else None
    if ending not in {Ending.OPEN, Ending.FLAG, Ending.FILED}:
        return ()
    return tuple(member.entry.key for member in conversation.rounds[-1].questions)


def undecided(conversation: Conversation) -> dict[str, bool]:
    """Name the messages (by key) that deserve a close reading, and say whether a glance takes them for a customer's.

    Those are the mails not ours that came after our last answer and still lie where customers' mail arrives, unless a
    glance is as good as sure that nobody wrote them.
    """
    places = [place for place, member in enumerate(conversation.members) if member.part is Part.ANSWER]
    since = conversation.members[places[-1] + 1 :] if places else conversation.members
    deserving = (member.entry for member in since if not member.is_ours and not _is_settled(member.entry))
    return {entry.key: entry.verdict.kind is not Kind.NONE for entry in deserving}


def _is_settled(entry: Entry) -> bool:
    is_settled = entry.automatic.proven or is_filed(entry) or any(copy.answered for copy in entry.copies)
    return is_settled or _is_surely_nobody(entry)


def _is_surely_nobody(entry: Entry) -> bool:
    """Say whether it is a newsletter or the like at a glance: else a shop's first sync would read them all closely."""
    sure_from = NOBODY_FROM_BULK if entry.automatic.sender is Sender.BULK else NOBODY_FROM
    return entry.verdict.kind is Kind.NONE and entry.verdict.confidence >= sure_from


def deciding_question(waiting: Sequence[Member]) -> Member:
    """Choose which waiting message gives the conversation its kind.

    Anger outranks, and haggling outranks anger; else the newest decides, but a mere "hello?" leaves it to others.
    """
    for kind in (Kind.HAGGLE, Kind.ANGRY):
        for member in reversed(waiting):
            if member.entry.verdict.kind is kind:
                return member
    return next((member for member in reversed(waiting) if not member.entry.verdict.nudge), waiting[-1])


def _last_question(theirs: Sequence[Member]) -> Member:
    """Give the newest customer message that was more than closing words, else the newest customer message."""
    for parts in (_MORE_THAN_CLOSING, _OF_CUSTOMER):
        for member in reversed(theirs):
            if member.part in parts:
                return member
    return theirs[-1]


def _flags(waiting: Sequence[Member], deciding: Entry) -> frozenset[Flag]:
    flags = deciding.verdict.flags.union(*(member.entry.verdict.flags for member in waiting))
    return flags | {Flag.REPEAT} if len(waiting) > 1 else flags


def _notices(conversation: Conversation, newest: Round | None, deciding: Entry) -> frozenset[Notice]:
    ending = newest.ending if newest else None
    holds = {
        Notice.UNSURE: deciding.verdict.unsure and not needs_no_answer(deciding),
        Notice.BOUNCED: newest is not None and ending is Ending.OPEN and newest.has_bounced,
        Notice.UNREADABLE: any(m.entry.is_unreadable for m in conversation.members if not m.is_ours),
        Notice.FILED: ending is Ending.FILED and not _is_closed_by_hand(newest),
        Notice.FLAG: ending is Ending.FLAG,
    }
    return frozenset(notice for notice, it_holds in holds.items() if it_holds)


def _is_closed_by_hand(ended: Round | None) -> bool:
    return ended is not None and any(question.entry.is_done for question in ended.questions)


def _newest_fact(theirs: Sequence[Member], deciding: Entry, name: str) -> str:
    """Take an order number or carrier from the deciding message, else from the newest that names one."""
    for entry in (deciding, *(member.entry for member in reversed(theirs))):
        fact: str | tuple[str, ...] = getattr(entry.verdict, name)
        if fact:
            return fact if isinstance(fact, str) else fact[0]
    return ""


def _account(entry: Entry, accounts: Sequence[str]) -> str:
    order = {name: place for place, name in enumerate(accounts)}
    names = {copy.account for copy in entry.copies if copy.role is Role.WATCHED} or {c.account for c in entry.copies}
    return min(names, key=lambda name: (order.get(name, len(order)), name), default="")


def _mailbox(entry: Entry) -> str:
    """Name the mailbox in which the mail lies, or lay last; a watched one before the sent ones."""
    places = sorted(entry.copies, key=lambda copy: (not copy.present, copy.role is not Role.WATCHED, copy.mailbox))
    return places[0].mailbox if places else ""

"""What the owner decided, and what follows from it: notes that hang on Message-IDs and outlive every mirror.

Pure: a decision is laid over what reading found, each time conversations are built, so that it holds at once, can be
undone, and does not exist for a moment before it was made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from triage.model import Closing, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.classify.learn import Lesson, Lessons
    from triage.model import Entry

EVERY_ACCOUNT = ""


class Action(StrEnum):
    """What can be decided."""

    CORRECT = "correct"  # its value is the right kind
    CONFIRM = "confirm"  # its value is the kind that was right
    DONE = "done"  # nobody needs to answer what has been asked so far
    REOPEN = "reopen"  # somebody does, after all; its value is WAS_FILED where the server said otherwise
    SNOOZE = "snooze"  # its value is a moment (ISO 8601), or UNTIL_REPLY
    ASSIGN = "assign"  # its value is a person, or nobody
    NOTE = "note"  # its value is a text


UNTIL_REPLY = "until-reply"
WAS_FILED = "filed"
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Until when something is snoozed that waits for the customer."""

_CLOSING = frozenset({Action.DONE, Action.REOPEN, Action.SNOOZE})
TEACHING = frozenset({Action.CORRECT, Action.CONFIRM})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one message. Those made by one command have the same `made_at`, and are undone together.

    `mail` tells the message from others that claim its Message-ID (`reading.entry_key`). `account` is where its lesson
    holds, `EVERY_ACCOUNT` for all; `words` are those by which such a mail will be known again. `conversation_id` is
    what the owner saw, for the log.
    """

    action: Action
    made_at: datetime
    message_id: str
    conversation_id: str
    account: str = EVERY_ACCOUNT
    value: str = ""
    words: frozenset[str] = frozenset()
    undone_at: datetime | None = None
    mail: str = ""

    def holds_at(self, moment: datetime | None) -> bool:
        """Say whether it was made, and not undone, at a moment; None for now."""
        if moment is None:
            return self.undone_at is None
        return self.made_at <= moment and (self.undone_at is None or self.undone_at > moment)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the owner's decisions leave a conversation.

    `notes` come oldest first.
    """

    snoozed_until: datetime | None = None
    assigned_to: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """All decisions that hold, by the mail on which each hangs (its key), the last made last; and what they say of it.

    `kinds` are those that the owner gave, `done` tells of a mail whether it needs an answer no more, or does after all.
    """

    by_mail: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    done: Mapping[str, bool] = field(default_factory=dict)

    def standing(self, mails: Iterable[str], waiting: Sequence[str], heard_at: datetime | None) -> Standing:
        """Tell how they leave a conversation of these mails (their keys), of which some are `waiting`.

        It is snoozed while every mail that waits was put away with it, and nothing was `heard_at` a later moment: the
        customer's next word ends it, even a thanks, and so does an answer that bounced. Who is to answer, and what was
        noted, stays with the conversation.
        """
        if not self.by_mail:
            return Standing()
        found = _in_order(each for mail in mails for each in self.by_mail.get(mail, ()))
        assigned = [each.value for each in found if each.action is Action.ASSIGN]
        return Standing(
            snoozed_until=self._snoozed_until(waiting, heard_at),
            assigned_to=assigned[-1] if assigned else "",
            notes=tuple(each.value for each in found if each.action is Action.NOTE),
        )

    def _snoozed_until(self, waiting: Sequence[str], heard_at: datetime | None) -> datetime | None:
        last = [[each for each in self.by_mail.get(mail, ()) if each.action in _CLOSING][-1:] for mail in waiting]
        if not last or any(not each or each[0].action is not Action.SNOOZE for each in last):
            return None
        newest = last[-1][0]
        return None if heard_at is not None and heard_at > newest.made_at else snoozed_until(newest)


def holding(decisions: Sequence[Decision]) -> Decided:
    """Sort decisions by the mail on which they hang."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in _in_order(decisions):
        found[decision.mail].append(decision)
    return Decided({name: tuple(each) for name, each in found.items()}, kinds_decided(decisions), _done(decisions))


def _done(decisions: Iterable[Decision]) -> dict[str, bool]:
    """Tell of each mail that was closed or called back whether it is closed; the last decision holds.

    What was called back after it was done or snoozed is as it was before; only what had been filed stays called back.
    """
    last = {each.mail: each for each in _in_order(decisions) if each.action in _CLOSING}
    said = {Action.DONE: True, Action.REOPEN: False}
    return {
        mail: said[each.action]
        for mail, each in last.items()
        if each.action is Action.DONE or (each.action is Action.REOPEN and each.value == WAS_FILED)
    }


def _in_order(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda each: each.made_at)


def snoozed_until(decision: Decision) -> datetime:
    """Give the moment until which something is snoozed."""
    return FOREVER if decision.value == UNTIL_REPLY else datetime.fromisoformat(decision.value)


def kinds_decided(decisions: Iterable[Decision]) -> dict[str, Kind]:
    """Give the kind that the owner said for each mail, by its key; of several decisions the last holds."""
    return {each.mail: Kind(each.value) for each in _in_order(decisions) if each.action in TEACHING}


def decided(entry: Entry, decisions: Decided) -> Entry:
    """Let the owner's word stand above what reading found, and above where the mail lies."""
    is_done, kind = decisions.done.get(entry.key), decisions.kinds.get(entry.key)
    if is_done is not None:
        entry = replace(entry, is_done=is_done)
    return entry if kind is None else as_kind(entry, kind)


def as_kind(entry: Entry, kind: Kind) -> Entry:
    """Give the entry as if it had been found to be of a kind."""
    words = entry.verdict.because if entry.verdict.kind is kind else ()
    verdict = replace(
        entry.verdict, kind=kind, confidence=1.0, unsure=False, closing=Closing.NO, nudge=False, because=words
    )
    automatic = entry.automatic if kind is Kind.NONE else replace(entry.automatic, proven=False)
    return replace(entry, verdict=verdict, automatic=automatic, is_taught=True)


@dataclass(frozen=True, slots=True)
class Teaching:
    """What was taught, apart for each account."""

    by_account: Mapping[str, Lessons]

    def of(self, account: str) -> Lessons:
        """Give the lessons that hold for an account."""
        from triage.classify.learn import Lessons

        return self.by_account.get(account) or self.by_account.get(EVERY_ACCOUNT) or Lessons()


def teaching(decisions: Iterable[Decision]) -> Teaching:
    """Count what was taught: an account learns from its own lessons, and from those that are for every account."""
    from triage.classify.learn import Lesson, learn

    latest: dict[str, Decision] = {}
    for decision in _in_order(decisions):
        if decision.action in TEACHING:
            latest[decision.mail] = decision
    lessons: dict[str, list[Lesson]] = defaultdict(list)
    for decision in latest.values():
        lessons[decision.account].append(Lesson(Kind(decision.value), decision.words))
    general = lessons.pop(EVERY_ACCOUNT, [])
    return Teaching(
        {account: learn([*own, *general]) for account, own in lessons.items()}
        | ({EVERY_ACCOUNT: learn(general)} if general else {})
    )

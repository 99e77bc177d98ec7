"""What the owner decided, and what follows from it: notes that hang on Message-IDs and outlive every mirror.

Pure: a decision is laid over what reading found, each time conversations are built, so that it holds at once, can be
undone, and does not exist for a moment before it was made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from triage.classify.learn import Lesson, Lessons, learn
from triage.model import Closing, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from triage.model import Entry

EVERY_ACCOUNT = ""


class Action(StrEnum):
    """What can be decided."""

    CORRECT = "correct"  # its value is the right kind
    CONFIRM = "confirm"  # its value is the kind that was right


TEACHING = frozenset({Action.CORRECT, Action.CONFIRM})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one message. Those made by one command have the same `made_at`, and are undone together.

    `account` is where its lesson holds, `EVERY_ACCOUNT` for all; `words` are those by which such a mail will be known
    again. `conversation_id` is what the owner typed, for the log.
    """

    action: Action
    made_at: datetime
    message_id: str
    conversation_id: str
    account: str = EVERY_ACCOUNT
    value: str = ""
    words: frozenset[str] = frozenset()
    undone_at: datetime | None = None

    def holds_at(self, moment: datetime | None) -> bool:
        """Say whether it was made, and not undone, at a moment; None for now."""
        if moment is None:
            return self.undone_at is None
        return self.made_at <= moment and (self.undone_at is None or self.undone_at > moment)


def kinds_decided(decisions: Iterable[Decision]) -> dict[str, Kind]:
    """Give the kind that the owner said for each message, by Message-ID; of several decisions the last holds."""
    taught = sorted((each for each in decisions if each.action in TEACHING), key=lambda each: each.made_at)
    return {decision.message_id: Kind(decision.value) for decision in taught}


def decided(entry: Entry, kinds: Mapping[str, Kind]) -> Entry:
    """Let the owner's word stand above what reading found."""
    kind = kinds.get(entry.message_id)
    if kind is None:
        return entry
    words = entry.verdict.because if entry.verdict.kind is kind else ()
    verdict = replace(
        entry.verdict, kind=kind, confidence=1.0, unsure=False, closing=Closing.NO, nudge=False, because=words
    )
    automatic = entry.automatic if kind is Kind.NONE else replace(entry.automatic, proven=False)
    return replace(entry, verdict=verdict, automatic=automatic)


@dataclass(frozen=True, slots=True)
class Teaching:
    """What was taught, apart for each account."""

    by_account: Mapping[str, Lessons]

    def of(self, account: str) -> Lessons:
        """Give the lessons that hold for an account."""
        return self.by_account.get(account) or self.by_account.get(EVERY_ACCOUNT) or Lessons()


def without(decisions: Iterable[Decision], message_id: str) -> list[Decision]:
    """Leave out what was said of one message, so that it is judged by what the others teach."""
    return [decision for decision in decisions if decision.message_id != message_id]


def teaching(decisions: Iterable[Decision]) -> Teaching:
    """Count what was taught: an account learns from its own lessons, and from those that are for every account."""
    latest: dict[str, Decision] = {}
    for decision in sorted(decisions, key=lambda each: each.made_at):
        if decision.action in TEACHING:
            latest[decision.message_id] = decision
    lessons: dict[str, list[Lesson]] = defaultdict(list)
    for decision in latest.values():
        lessons[decision.account].append(Lesson(Kind(decision.value), decision.words))
    general = lessons.pop(EVERY_ACCOUNT, [])
    return Teaching(
        {account: learn([*own, *general]) for account, own in lessons.items()}
        | ({EVERY_ACCOUNT: learn(general)} if general else {})
    )

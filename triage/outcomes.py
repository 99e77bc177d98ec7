"""How every round ended, and against which target: recorded once, when it ends.

A changed target or holiday speaks of what is open, never of what is past; so the target that held is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.cases import deciding_question
from triage.model import Ending, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from triage.model import Conversation, Round
    from triage.settings import TargetSettings


@dataclass(frozen=True, slots=True)
class Outcome:
    """A round that ended. `question_ids` are the Message-IDs of its questions, that which opened it first.

    `target` is as the configuration writes it ("4h"); `ended_at` is None where the time is unknown (the flag, filed).
    """

    question_ids: tuple[str, ...]
    account: str
    kind: Kind
    since: datetime
    ended_at: datetime | None
    ending: Ending
    target: str

    @property
    def question_id(self) -> str:
        """The Message-ID that opened the round; on it the note hangs."""
        return self.question_ids[0]


def ended_rounds(conversation: Conversation, account: str, targets: TargetSettings) -> Iterator[Outcome]:
    """Give the outcome of every round that ended, with the target that holds now."""
    for past in conversation.rounds:
        if past.ending is not Ending.OPEN:
            yield _outcome(past, account, targets)


def _outcome(past: Round, account: str, targets: TargetSettings) -> Outcome:
    deciding = deciding_question(past.questions).entry
    return Outcome(
        question_ids=tuple(dict.fromkeys(member.entry.message_id for member in past.questions)),
        account=account,
        kind=deciding.verdict.kind,
        since=past.since,
        ended_at=past.answer.entry.received_at if past.answer else None,
        ending=past.ending,
        target=deciding.target or str(targets.for_kind(deciding.verdict.kind)),
    )

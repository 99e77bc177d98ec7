"""The proof of where a conversation stands: who wrote when, what answered what, and when the clock ran.

Pure facts, no sentences: whoever shows them puts them into the owner's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.clock import due_at, spans_between
from triage.model import Ending, Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from triage.clock import OpeningHours, Target
    from triage.model import Conversation, Entry, Member, Round

_BY_HEADER = frozenset({Part.AUTOMATIC, Part.ACKNOWLEDGEMENT, Part.BOUNCE, Part.NOTHING})


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the time line.

    `names` is the mail of the conversation that it answers or returns, if it names one; `sign` the header by which it
    was taken for a machine's; `places` the mailboxes in which it lies, and whether it still does.
    """

    member: Member
    names: Member | None = None
    sign: str = ""
    places: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """The clock of one round: it ran in these spans (UTC), and stood still between them.

    `until` is the answer, or the present moment while the round is open; None where the time of its end is unknown.
    """

    round: Round
    target: Target
    due_at: datetime
    until: datetime | None
    spans: tuple[tuple[datetime, datetime], ...]


def time_line(conversation: Conversation) -> tuple[Step, ...]:
    """Give every message in order of receipt, with what proves its part."""
    by_id = {member.entry.message_id: member for member in conversation.members}
    return tuple(_step(member, by_id) for member in conversation.members)


def _step(member: Member, by_id: Mapping[str, Member]) -> Step:
    entry = member.entry
    returned = (entry.report.returned_id,) if entry.report else ()
    named = next((by_id[name] for name in (*returned, *entry.links) if name in by_id), None)
    sign = entry.automatic.signs[0] if entry.automatic.signs and member.part in _BY_HEADER else ""
    return Step(member, named, sign, _places(entry))


def _places(entry: Entry) -> tuple[tuple[str, bool], ...]:
    places: dict[str, bool] = {}
    for copy in entry.copies:
        places[copy.mailbox] = places.get(copy.mailbox, False) or (copy.present and not copy.deleted)
    return tuple(places.items())


def running_clock(whole_round: Round, target: Target, hours: OpeningHours, now: datetime) -> Running:
    """Say when the clock of a round ran, in the target's own way of counting."""
    until = _end_of(whole_round, now)
    spans = tuple(spans_between(whole_round.since, until, hours, target.counting)) if until else ()
    return Running(whole_round, target, due_at(whole_round.since, target, hours), until, spans)


def _end_of(whole_round: Round, now: datetime) -> datetime | None:
    if whole_round.ending is Ending.OPEN:
        return now
    return whole_round.answer.entry.received_at if whole_round.answer else None

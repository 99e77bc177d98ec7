"""A case at a moment: until when was the answer promised, how urgent is it, and whose turn is it?

The order is the seed's: lane by lane, then whoever has the least time left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING

from triage.clock import LATEST, due_at, open_time_between, parse_target, used_between
from triage.model import Kind, Lane, Status, Urgency
from triage.settings import Sort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, timedelta

    from triage.cases import Case
    from triage.clock import OpeningHours, Target
    from triage.settings import QueueSettings, TargetSettings


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as the queue and the exports show it.

    `waited` and `response` are opening time. `rank` counts from 1 over the whole queue and is None for what does not
    wait; `urgency` likewise. `lane` is there for what is snoozed, too.
    """

    case: Case
    status: Status
    target: Target | None = None
    due_at: datetime | None = None
    lane: Lane | None = None
    urgency: Urgency | None = None
    rank: int | None = None
    waited: timedelta | None = None
    response: timedelta | None = None
    assigned_to: str = ""
    snoozed_until: datetime | None = None


def judge(case: Case, now: datetime, hours: OpeningHours, targets: TargetSettings, held: str = "") -> Row:
    """Say how a case stands at `now`, its rank apart; `held` is the target that held when its round ended."""
    if case.since is None or case.status is Status.NONE:
        return Row(case, case.status, assigned_to=case.assigned_to)
    promised = (held if case.status is not Status.WAITING else "") or case.target
    target = parse_target(promised) if promised else targets.for_kind(case.verdict.kind)
    response = None if case.answered_at is None else open_time_between(case.since, case.answered_at, hours)
    due = due_at(case.since, target, hours)
    row = Row(case, case.status, target, due, response=response, assigned_to=case.assigned_to)
    if case.answered_at is not None or case.status is not Status.WAITING:
        return row
    urgency = urgency_at(now, case.since, target, hours, targets)
    lane = Lane.FORGOTTEN if urgency is Urgency.FORGOTTEN else case.lane or lane_of(case.verdict.kind)
    row = replace(row, lane=lane, waited=open_time_between(case.since, now, hours))
    if case.snoozed_until is not None and now < case.snoozed_until:
        return replace(row, status=Status.SNOOZED, snoozed_until=case.snoozed_until)
    return replace(row, urgency=urgency)


def lane_of(kind: Kind) -> Lane:
    """Give the lane of a kind; a mail without an answer to give has none, so it stands with the others."""
    return Lane.OTHER if kind is Kind.NONE else Lane(kind)


def urgency_at(now: datetime, since: datetime, target: Target, hours: OpeningHours, targets: TargetSettings) -> Urgency:
    """Say how urgent an answer is at `now` to who waits since `since`."""
    if now > due_at(since, targets.forgotten, hours):
        return Urgency.FORGOTTEN
    if now > due_at(since, target, hours):
        return Urgency.OVERDUE
    is_soon = used_between(since, now, target, hours) >= target.amount * targets.soon
    return Urgency.SOON if is_soon else Urgency.OK


def rank(rows: Iterable[Row], queue: QueueSettings) -> tuple[Row, ...]:
    """Put rows in order: what waits is numbered from 1, the most urgent first; the rest follows, newest first."""
    rows = list(rows)
    waiting = sorted((row for row in rows if row.status is Status.WAITING), key=_order(queue))
    rest = sorted((row for row in rows if row.status is not Status.WAITING), key=_newest_first)
    return (*(replace(row, rank=place) for place, row in enumerate(waiting, 1)), *rest)


def rank_as_they_come(rows: Iterable[Row], queue: QueueSettings) -> Iterator[Row]:
    """Do what `rank` does, holding only what is open: rows come with those first, and then the newest first."""
    opened: list[Row] = []
    closed: Iterable[Row] = ()
    for is_open, alike in groupby(rows, key=lambda row: row.case.is_open):
        if not is_open:
            closed = alike
            break
        opened = list(alike)
    ranked = rank(opened, queue)
    yield from (row for row in ranked if row.rank is not None)
    yield from merge((row for row in ranked if row.rank is None), closed, key=_newest_first)


def _newest_first(row: Row) -> tuple[timedelta, str]:
    return LATEST - row.case.received_at, row.case.id


def _order(queue: QueueSettings) -> Callable[[Row], tuple[object, ...]]:
    places = {lane: place for place, lane in enumerate(queue.order)}
    by_sort: dict[Sort, Callable[[Row], tuple[object, ...]]] = {
        Sort.LANE: lambda row: (places.get(row.lane or Lane.OTHER, len(places)), row.due_at),
        Sort.DUE: lambda row: (row.due_at,),
        Sort.AGE: lambda _: (),
    }
    leading = by_sort[queue.sort]
    return lambda row: (*leading(row), row.case.since, row.case.id)

"""Opening-hours arithmetic: when is an answer due, and how much time was used.

Every instant is aware and every span is measured in UTC, so a night on which the clocks change counts for as long as it
lasted. A time of the wall clock, such as an opening at 02:30, means the first instant at which the clock shows it or a
later time: on the night on which 02:30 is skipped the shop opens when the clock jumps, and on the night on which 02:30
comes twice it opens (or closes) the first time. So spans never overlap, and a day ends where the next begins.

Nothing is found beyond ten years: a shop that its list of closed days keeps shut for ever gets a due time ten years
after receipt. Time before 1970 does not count, for no mail is older and a server's clock may be absurd.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

NOTHING = timedelta()
DAY = timedelta(days=1)
HORIZON = timedelta(days=3653)
LONGEST_TARGET = timedelta(days=366)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9980, 1, 1, tzinfo=UTC)


class Counting(Enum):
    """When a target's clock runs; the value is the word behind the amount in the target's text."""

    OPEN_TIME = ""  # while the shop is open
    SHOP_DAYS = "d"  # day and night, but not on days on which the shop is closed all day
    WEEKDAYS = "weekdays"  # day and night, but not on weekends and holidays, whatever the shop's hours (bol.com)


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day by the wall clock, as time after midnight; `end` may be 24:00.

    Raises ValueError unless 00:00 <= start < end <= 24:00.
    """

    start: timedelta
    end: timedelta

    def __post_init__(self) -> None:
        if not NOTHING <= self.start < self.end <= DAY:
            raise ValueError("a span must end after it starts, within one day (00:00-24:00)")

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `09:00-12:30`; raises ValueError with what is wrong."""
        found = re.fullmatch(r"(\d\d?):([0-5]\d) ?[-–] ?(\d\d?):([0-5]\d)", text.strip(), re.ASCII)
        if found is None:
            raise ValueError('a span is written as "09:00-17:30"')
        hour, minute, end_hour, end_minute = (int(group) for group in found.groups())
        return cls(timedelta(hours=hour, minutes=minute), timedelta(hours=end_hour, minutes=end_minute))

    def __str__(self) -> str:
        return "-".join(f"{at // timedelta(hours=1):02}:{at.seconds // 60 % 60:02}" for at in (self.start, self.end))


WHOLE_DAY = (Span(NOTHING, DAY),)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from `first` to `last`, both included; raises ValueError when they are the wrong way round."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("the last day comes before the first")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When the shop is open: its week (Monday first), less closed days and holidays.

    Days in `open_after_all` keep their weekday's hours although they are holidays or lie in a closed span; on a
    weekday without hours there are none to keep. Raises ValueError for a week in which the shop never opens.
    """

    timezone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    closed: tuple[DayRange, ...] = ()
    holidays: frozenset[date] = frozenset()
    open_after_all: frozenset[date] = frozenset()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if not any(self.week):
            raise ValueError("the shop never opens")
        if any(after.start < before.end for spans in self.week for before, after in pairwise(spans)):
            raise ValueError("the spans of a day must follow each other without overlap")
        own = (str(self.timezone), self.week, self.closed, self.holidays, self.open_after_all)
        object.__setattr__(self, "_hash", hash(own))

    def __hash__(self) -> int:
        """Give what was reckoned once, for this process: years are looked up by their hours three times a row."""
        return self._hash

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Give the opening spans of one day, by the wall clock; empty when closed all day."""
        shut = day in self.holidays or any(day in days for days in self.closed)
        if shut and day not in self.open_after_all:
            return ()
        return self.week[day.weekday()]


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: how much time may be used, and which time counts; raises ValueError beyond 366 days or below zero."""

    amount: timedelta
    counting: Counting = Counting.OPEN_TIME

    def __post_init__(self) -> None:
        if not NOTHING < self.amount <= LONGEST_TARGET:
            raise ValueError("a target must be longer than nothing and at most 366 days")

    def __str__(self) -> str:
        if self.counting is Counting.SHOP_DAYS:
            return f"{self.amount // DAY}d"
        hours, minutes = divmod(self.amount // timedelta(minutes=1), 60)
        amount = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
        return f"{amount} {self.counting.value}".rstrip()


@lru_cache(maxsize=128)
def parse_target(text: str) -> Target:
    """Read `4h`, `90m`, `1h30m`, `3d`, or `24h weekdays`; the inverse of `str(target)`, raises ValueError.

    `m` and `h` count opening time, `d` days of 24 hours on which the shop opens at all.
    """
    found = re.fullmatch(r"(\d{1,6}) ?d|(?:(\d{1,6}) ?h)? ?(?:(\d{1,6}) ?m)?( weekdays)?", text.strip(), re.ASCII)
    if found is None or not any(found.group(1, 2, 3)):
        raise ValueError('a target is written as "90m", "4h", "1h30m" or "3d"')
    days, hours, minutes = (int(group or 0) for group in found.group(1, 2, 3))
    if found[1]:
        return Target(timedelta(days=days), Counting.SHOP_DAYS)
    counting = Counting.WEEKDAYS if found[4] else Counting.OPEN_TIME
    return Target(timedelta(hours=hours, minutes=minutes), counting)


def parse_duration(text: str) -> timedelta:
    """Read plain time by the calendar, such as `60s`, `10m`, `2h` or `90d`; raises ValueError."""
    found = re.fullmatch(r"(\d{1,6}) ?([smhd])", text.strip(), re.ASCII)
    if found is None or not int(found[1]):
        raise ValueError('a duration is written as "60s", "10m", "2h" or "90d"')
    unit = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY}[found[2]]
    return int(found[1]) * unit


def due_at(received: datetime, target: Target, hours: OpeningHours) -> datetime:
    """Find the earliest instant, in UTC, at which the time used since `received` reaches the target."""
    start = _utc(received)
    left = target.amount
    for year in _years(start, start + HORIZON, target.counting, hours):
        already = year.reading(start)
        if left <= year.total - already:
            return max(received, min(start + HORIZON, year.moment(already + left)))
        left -= year.total - already
    return max(received, start + HORIZON)


def used_between(start: datetime, end: datetime, target: Target, hours: OpeningHours) -> timedelta:
    """How much of the target's own time ran from `start` to `end`; none when `end` is not later."""
    return _time_between(start, end, target.counting, hours)


def open_time_between(start: datetime, end: datetime, hours: OpeningHours) -> timedelta:
    """How long the shop was open from `start` to `end`; none when `end` is not later."""
    return _time_between(start, end, Counting.OPEN_TIME, hours)


def spans_between(
    start: datetime, end: datetime, hours: OpeningHours, counting: Counting = Counting.OPEN_TIME
) -> Iterator[tuple[datetime, datetime]]:
    """When the clock ran between two instants, as pairs in UTC in order, cut to fit; touching spans are one."""
    running: tuple[datetime, datetime] | None = None
    for opens, closes in _periods(_utc(start), _utc(end), counting, hours):
        if running is not None and running[1] == opens:
            running = (running[0], closes)
            continue
        if running is not None:
            yield running
        running = (opens, closes)
    if running is not None:
        yield running


def is_open(at: datetime, hours: OpeningHours) -> bool:
    """Whether the shop is open at this instant; at closing time it is not."""
    return next_opening(at, hours) == at


def next_opening(at: datetime, hours: OpeningHours) -> datetime | None:
    """Give the instant itself, in UTC, while the shop is open, else the next opening; None if not within ten years."""
    start = _utc(at)
    return next((opens for opens, _ in _periods(start, start + HORIZON, Counting.OPEN_TIME, hours)), None)


@dataclass(frozen=True, slots=True)
class _Year:
    """One local year of a running clock, like a stopwatch: reads 0 before the year and `total` after it."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    readings: tuple[timedelta, ...]  # at each end

    @property
    def total(self) -> timedelta:
        return self.readings[-1] if self.readings else NOTHING

    def reading(self, at: datetime) -> timedelta:
        """How long the clock ran in this year up to this instant."""
        last = bisect_right(self.starts, at) - 1
        if last < 0:
            return NOTHING
        return self.readings[last] - (self.ends[last] - min(at, self.ends[last]))

    def moment(self, reading: timedelta) -> datetime:
        """Find the earliest instant at which the clock shows this reading, which is above zero and at most `total`."""
        period = bisect_left(self.readings, reading)
        return self.ends[period] - (self.readings[period] - reading)


def _time_between(start: datetime, end: datetime, counting: Counting, hours: OpeningHours) -> timedelta:
    start, end = _utc(start), _utc(end)
    if end <= start:
        return NOTHING
    return sum((year.reading(end) - year.reading(start) for year in _years(start, end, counting, hours)), NOTHING)


def _periods(
    start: datetime, end: datetime, counting: Counting, hours: OpeningHours
) -> Iterator[tuple[datetime, datetime]]:
    for year in _years(start, end, counting, hours):
        for period in range(bisect_right(year.ends, start), len(year.ends)):
            if year.starts[period] >= end:
                return
            yield max(start, year.starts[period]), min(end, year.ends[period])


def _years(start: datetime, end: datetime, counting: Counting, hours: OpeningHours) -> Iterator[_Year]:
    """Every local year that may touch the time from `start` to `end`, one at a time."""
    # No zone is a whole day away from UTC, so a day's margin finds the local year.
    for year in range((start - DAY).year, (end + DAY).year + 1):
        yield _year(year, counting, hours)


@lru_cache(maxsize=128)
def _year(year: int, counting: Counting, hours: OpeningHours) -> _Year:
    """When the clock ran in one local year; kept, because one run asks for the same years again and again."""
    first = date(year, 1, 1)
    days = [first + n * DAY for n in range((date(year + 1, 1, 1) - first).days + 1)]
    midnights = [_instant(day, NOTHING, hours.timezone) for day in days]
    periods: list[tuple[datetime, datetime]] = []
    for day, (midnight, next_midnight) in zip(days, pairwise(midnights), strict=False):
        for span in _running_on(day, counting, hours):
            if next_midnight - midnight == DAY:  # no clock change: much the quickest way
                periods.append((midnight + span.start, midnight + span.end))
            else:
                periods.append((_instant(day, span.start, hours.timezone), _instant(day, span.end, hours.timezone)))
    return _Year(
        starts=tuple(start for start, _ in periods),
        ends=tuple(end for _, end in periods),
        readings=tuple(accumulate(end - start for start, end in periods)),
    )


def _running_on(day: date, counting: Counting, hours: OpeningHours) -> tuple[Span, ...]:
    """Give the parts of a local day in which the clock runs."""
    if counting is Counting.OPEN_TIME:
        return hours.spans_on(day)
    if counting is Counting.SHOP_DAYS:
        return WHOLE_DAY if hours.spans_on(day) else ()
    return () if day.weekday() >= 5 or day in hours.holidays else WHOLE_DAY


def _instant(day: date, wall: timedelta, zone: ZoneInfo) -> datetime:
    """Find the first instant at which the wall clock shows this time of this day, or a later one."""
    local = datetime.combine(day, time()) + wall
    instant = local.replace(tzinfo=zone).astimezone(UTC)  # fold=0: the first of two
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant, to the second, at which the clocks jump ahead between these two."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _utc(at: datetime) -> datetime:
    """Give the instant in UTC, kept within the years that can be reckoned with."""
    if at < EARLIEST:
        return EARLIEST
    return LATEST if at > LATEST else at.astimezone(UTC)

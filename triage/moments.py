"""When do you mean? Moments as people type them, in Dutch and English: `morgen 9u`, `monday`, `2d`, `3 dec 14:30`.

A day without a time begins when the shop opens, on that day or the next on which it does. Pure: `now` is an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from triage.clock import next_opening
from triage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from triage.clock import OpeningHours

EXAMPLES = 'tomorrow 9:00, 2d, 4h, monday, "3 dec 14:30" (morgen 9u, 2 dagen, maandag)'

_DAYS = (
    ("mon", "monday", "ma", "maandag"),
    ("tue", "tues", "tuesday", "di", "dinsdag"),
    ("wed", "wednesday", "wo", "woensdag"),
    ("thu", "thur", "thurs", "thursday", "do", "donderdag"),
    ("fri", "friday", "vr", "vrijdag"),
    ("sat", "saturday", "za", "zaterdag"),
    ("sun", "sunday", "zo", "zondag"),
)
_WEEKDAYS = {name: number for number, names in enumerate(_DAYS) for name in names}
_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)} | {"mrt": 3, "maa": 3, "mei": 5, "okt": 10}
_NAMED = {
    "today": 0, "vandaag": 0, "tomorrow": 1, "morgen": 1, "overmorgen": 2, "vanmiddag": 0, "vanavond": 0, "tonight": 0,
    "morgenochtend": 1, "morgenvroeg": 1, "morgenmiddag": 1, "morgenavond": 1,
}  # fmt: skip
_TIMES = {
    "vanmiddag": time(13), "morgenmiddag": time(13), "afternoon": time(13), "middag": time(13), "noon": time(12),
    "vanavond": time(18), "morgenavond": time(18), "tonight": time(18), "evening": time(18), "avond": time(18),
}  # fmt: skip
_EXACT = {"m": "minutes", "min": "minutes", "h": "hours", "u": "hours", "uur": "hours", "hour": "hours"}
_WHOLE = {"d": 1, "dag": 1, "day": 1, "w": 7, "week": 7}
_FILLERS = frozenset({"om", "at", "on", "op", "over", "in", "the", "de", "this", "deze", "morning", "ochtend", "for"})
_LATER = frozenset({"next", "volgende"})

_CLOCK = re.compile(r"(\d{1,2})(?:[:.u](\d{2})|u|\s?uur)?\s?(am|pm)?", re.ASCII)
_SPAN = re.compile(r"(\d{1,4})\s?([a-z]+)", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SHORT = re.compile(r"(\d{1,2})[-/](\d{1,2})(?:[-/](\d{4}))?", re.ASCII)
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|e)?", re.ASCII)


@dataclass
class _Told:
    """What has been understood so far."""

    day: date | None = None
    clock: time | None = None
    span: timedelta | None = None


def parse_moment(text: str, now: datetime, zone: ZoneInfo, hours: OpeningHours) -> datetime:
    """Read a moment after `now`, and give it in UTC.

    Raises:
        UsageError: It is not understood, or it has passed.

    """
    local = now.astimezone(zone)
    told = _understand([word for word in re.split(r"[\s,]+", text.strip().lower()) if word], local)
    if told is None:
        raise UsageError(f'"{text}" is no moment that triage understands. Write for example {EXAMPLES}.')
    found = _moment(told, local, hours)
    if found <= now:
        raise UsageError(f'"{text}" has passed already. Write for example {EXAMPLES}.')
    return found


def _moment(told: _Told, local: datetime, hours: OpeningHours) -> datetime:
    if told.span is not None:
        return (local.astimezone(UTC) + told.span).replace(second=0, microsecond=0)
    day = told.day
    if day is None:  # a time alone: today, else tomorrow
        at = datetime.combine(local.date(), told.clock or time(), local.tzinfo)
        day = local.date() if at > local else local.date() + timedelta(1)
    if told.clock is not None:
        return datetime.combine(day, told.clock, local.tzinfo).astimezone(UTC)
    midnight = datetime.combine(day, time(), local.tzinfo)
    return next_opening(midnight, hours) or midnight.astimezone(UTC)


def _understand(words: list[str], now: datetime) -> _Told | None:
    """Go through the words; None where one of them means nothing here, or nothing was said."""
    told = _Told()
    rest = [word for word in words if word not in _FILLERS]
    while rest:
        for read in _READERS:
            taken = read(rest, told, now)
            if taken:
                rest = rest[taken:]
                break
        else:
            return None
    return told if (told.day, told.clock, told.span) != (None, None, None) else None


def _read_later(words: list[str], told: _Told, now: datetime) -> int:
    """`next week`, `volgende maandag`: the Monday, or that day, of the week that follows."""
    if words[0] not in _LATER or len(words) < 2:
        return 0
    monday = now.date() + timedelta(7 - now.weekday())
    if words[1] == "week":
        told.day = monday
    elif words[1] in _WEEKDAYS:
        told.day = monday + timedelta(_WEEKDAYS[words[1]])
    else:
        return 0
    return 2


def _read_day(words: list[str], told: _Told, now: datetime) -> int:
    """`tomorrow`, `vrijdag`: of weekdays the next one, today's name means in a week."""
    word = words[0]
    if word in _NAMED:
        told.day = now.date() + timedelta(_NAMED[word])
        told.clock = _TIMES.get(word, told.clock)
        return 1
    if word in _WEEKDAYS:
        told.day = now.date() + timedelta((_WEEKDAYS[word] - now.weekday() - 1) % 7 + 1)
        return 1
    return 0


def _read_part_of_day(words: list[str], told: _Told, _: datetime) -> int:
    if words[0] in _TIMES:
        told.clock = _TIMES[words[0]]
        return 1
    return 0


def _read_span(words: list[str], told: _Told, now: datetime) -> int:
    """`2d`, `30 min`, `3 weken`: minutes and hours count from now, days end when the shop opens."""
    together = _SPAN.fullmatch(words[0])
    apart = _SPAN.fullmatch(" ".join(words[:2])) if len(words) > 1 else None
    for match, taken in ((together, 1), (apart, 2)):
        if match is None:
            continue
        number, unit = int(match[1]), _singular(match[2])
        if unit in _EXACT and not (unit in {"u", "uur"} and told.day is not None):
            told.span = timedelta(**{_EXACT[unit]: number})
            return taken
        if unit in _WHOLE:
            told.day = now.date() + timedelta(number * _WHOLE[unit])
            return taken
    return 0


def _singular(unit: str) -> str:
    irregular = {"uren": "uur", "uurs": "uur", "minuten": "min", "minuut": "min", "minutes": "min", "minute": "min"}
    regular = {"dagen": "dag", "days": "day", "weken": "week", "weeks": "week", "hours": "hour", "hrs": "hour"}
    return (irregular | regular).get(unit, unit)


def _read_date(words: list[str], told: _Told, now: datetime) -> int:
    """`2026-12-01`, `1-12`, `3 dec`, `dec 3`; without a year the next one."""
    iso, short = _ISO.fullmatch(words[0]), _SHORT.fullmatch(words[0])
    if iso:
        told.day = _date(int(iso[1]), int(iso[2]), int(iso[3]))
        return 1 if told.day else 0
    if short:
        told.day = _coming(int(short[2]), int(short[1]), int(short[3] or 0), now)
        return 1 if told.day else 0
    for place, month in ((1, words[1:2]), (0, words[:1])):
        number = _MONTHS.get(month[0][:3].rstrip(".")) if month and month[0].isalpha() else None
        day = _DAY_OF_MONTH.fullmatch(words[1 - place]) if number and len(words) > 1 else None
        if number and day:
            year = int(words[2]) if len(words) > 2 and re.fullmatch(r"20\d\d", words[2]) else 0
            told.day = _coming(number, int(day[1]), year, now)
            return (3 if year else 2) if told.day else 0
    return 0


def _coming(month: int, day: int, year: int, now: datetime) -> date | None:
    found = _date(year or now.year, month, day)
    if found and not year and found < now.date():
        return _date(now.year + 1, month, day)
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_clock(words: list[str], told: _Told, _: datetime) -> int:
    """`9:00`, `9u30`, `9 uur`, `9am`, `half 10` (half past nine); a bare number only behind a day."""
    if words[0] == "half" and len(words) > 1 and words[1].isdigit() and 1 <= int(words[1]) <= 12:
        told.clock = time(int(words[1]) - 1, 30)
        return 2
    for taken in (2, 1):
        match = _CLOCK.fullmatch(" ".join(words[:taken])) if len(words) >= taken else None
        if match and (told.day is not None or not match[0].isdigit()):
            hour = int(match[1]) % 12 + (12 if match[3] == "pm" else 0) if match[3] else int(match[1])
            minute = int(match[2] or 0)
            if hour < 24 and minute < 60:
                told.clock = time(hour, minute)
                return taken
    return 0


_READERS: tuple[Callable[[list[str], _Told, datetime], int], ...] = (
    _read_later, _read_day, _read_part_of_day, _read_date, _read_span, _read_clock,
)  # fmt: skip

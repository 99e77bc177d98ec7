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
from triage.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from triage.clock import OpeningHours

EXAMPLES = N_('tomorrow 9:00, 2d, 4h, monday, "3 dec 14:30" (morgen 9u, 2 dagen, maandag)')

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
_MONTH_NAMES = (
    ("jan", "january", "januari"), ("feb", "february", "februari"), ("mar", "march", "mrt", "maart"),
    ("apr", "april"), ("may", "mei"), ("jun", "june", "juni"), ("jul", "july", "juli"), ("aug", "august", "augustus"),
    ("sep", "sept", "september"), ("oct", "october", "okt", "oktober"), ("nov", "november"), ("dec", "december"),
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
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
_ONE = frozenset({"een", "één", "a", "an", "one"})
_FURTHEST = timedelta(days=3660)
_JUST_PAST = timedelta(days=90)
"""A day without a year that passed within these is one that passed; before that, next year's is meant."""

_FILLERS = frozenset(
    {"on", "op", "over", "in", "the", "de", "this", "deze", "morning", "ochtend", "for", "until", "tot"}
)
_AT = frozenset({"om", "at", "@"})
_LATER = frozenset({"next", "volgende"})
_COMING = frozenset({"coming", "komende", "aanstaande"})

_CLOCK = re.compile(r"(\d{1,2})(?:[:.uh](\d{2})|u|h|\s?uur)?\s?(am|pm)?", re.ASCII)
_SPAN = re.compile(r"(\d{1,4})\s?([a-z]+)", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SHORT = re.compile(r"(\d{1,2})[-/](\d{1,2})(?:[-/]((?:20)?\d\d))?", re.ASCII)
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|e)?", re.ASCII)


@dataclass
class _Told:
    """What has been understood so far; each may be said once, and a span stands alone."""

    day: date | None = None
    clock: time | None = None
    span: timedelta | None = None
    weekday: int | None = None  # said, beside a day
    part: time | None = None  # of the day: `middag`
    is_counted: bool = False  # the day, as `2d`

    @property
    def is_sound(self) -> bool:
        """Say whether what was said goes together, and is anything at all."""
        if self.span is not None:
            return self.day is None and self.clock is None and self.part is None
        if self.day is None and self.clock is None and self.part is None:
            return False
        return self.weekday is None or self.day is None or self.day.weekday() == self.weekday

    @property
    def at(self) -> time | None:
        """The time of day: `8 uur` is eight in the evening where the evening was said."""
        if self.clock is None or self.part is None or self.clock.hour >= 12 or self.part.hour < 12:
            return self.clock or self.part
        return self.clock.replace(hour=self.clock.hour + 12)


def parse_moment(text: str, now: datetime, zone: ZoneInfo, hours: OpeningHours) -> datetime:
    """Read a moment after `now`, and give it in UTC.

    Raises:
        UsageError: It is not understood, or it has passed.

    """
    local = now.astimezone(zone)
    words = [word.rstrip(".") for word in re.split(r"[\s,]+|(?<=\d)t(?=\d)", text.strip().lower())]
    told = _understand([word for word in words if word], local)
    if told is None:
        raise UsageError(
            _('"{text}" is no moment that triage understands. Write for example {examples}.').format(
                text=text, examples=_(EXAMPLES)
            )
        )
    found = _moment(told, local, hours)
    if found - now > _FURTHEST:
        raise UsageError(
            _('"{text}" is more than ten years away. Write for example {examples}.').format(
                text=text, examples=_(EXAMPLES)
            )
        )
    if found <= now:
        raise UsageError(
            _('"{text}" has passed already. Write for example {examples}.').format(text=text, examples=_(EXAMPLES))
        )
    return found


def _moment(told: _Told, local: datetime, hours: OpeningHours) -> datetime:
    if told.span is not None:
        return (local.astimezone(UTC) + told.span).replace(second=0, microsecond=0)
    day = told.day
    if day is None:  # a time alone: today, else tomorrow
        at = datetime.combine(local.date(), told.at or time(), local.tzinfo)
        day = local.date() if at > local else local.date() + timedelta(1)
    if told.at is not None:
        return datetime.combine(day, told.at, local.tzinfo).astimezone(UTC)
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
    return told if told.is_sound else None


def _read_later(words: list[str], told: _Told, now: datetime) -> int:
    """`next week`, `volgende maandag`: the Monday, or that day, of the week that follows."""
    if words[0] not in _LATER or len(words) < 2:
        return 0
    monday = now.date() + timedelta(7 - now.weekday())
    if told.day is not None:
        return 0
    if words[1] == "week":
        told.day = monday
        if len(words) > 2 and words[2] in _WEEKDAYS:
            told.day += timedelta(_WEEKDAYS[words[2]])
            return 3
    elif words[1] in _WEEKDAYS:
        told.day = monday + timedelta(_WEEKDAYS[words[1]])
    else:
        return 0
    return 2


def _read_day(words: list[str], told: _Told, now: datetime) -> int:
    """`tomorrow`, `vrijdag`: of weekdays the next one, today's name means in a week."""
    coming = len(words) > 1 and words[0] in _COMING
    word = words[coming]
    if word in _NAMED and told.day is None and not coming:
        told.day = now.date() + timedelta(_NAMED[word])
        told.part = _TIMES.get(word, told.part)
        return 1
    day, part = _split_part(word)
    if day not in _WEEKDAYS:
        return 0
    told.part = part or told.part
    told.weekday = _WEEKDAYS[day]
    if told.day is None and not _is_date_next(words[coming + 1 :], now):
        told.day = now.date() + timedelta((_WEEKDAYS[day] - now.weekday() - 1) % 7 + 1)
    return 1 + coming


def _split_part(word: str) -> tuple[str, time | None]:
    """`maandagochtend`: a day and the part of it."""
    for part, begins in (("ochtend", None), ("morgen", None), ("middag", time(13)), ("avond", time(18))):
        if word.endswith(part) and word.removesuffix(part) in _WEEKDAYS:
            return word.removesuffix(part), begins
    return word, None


def _is_date_next(words: list[str], now: datetime) -> bool:
    return bool(words) and _read_date(words, _Told(), now) > 0


def _read_part_of_day(words: list[str], told: _Told, _: datetime) -> int:
    if words[0] in _TIMES and told.part is None:
        told.part = _TIMES[words[0]]
        return 1
    return 0


def _read_span(words: list[str], told: _Told, now: datetime) -> int:
    """`2d`, `30 min`, `3 weken`, `een uur`: minutes and hours count from now, days end when the shop opens."""
    if words[0] in _ONE and len(words) > 1:
        words = ["1", *words[1:]]
    together = _SPAN.fullmatch(words[0])
    apart = _SPAN.fullmatch(" ".join(words[:2])) if len(words) > 1 else None
    for match, taken in ((together, 1), (apart, 2)):
        if match is None:
            continue
        number, unit = int(match[1]), _singular(match[2])
        if unit in _EXACT and not (told.day or told.part) and told.span is None:
            told.span = timedelta(**{_EXACT[unit]: number})
            return taken
        if unit in _WHOLE and told.day is None:
            told.day, told.is_counted = now.date() + timedelta(number * _WHOLE[unit]), True
            return taken
        if unit in {"month", "maand"} and told.day is None:
            told.day = _months_later(now.date(), number)
            return taken
    return 0


def _months_later(day: date, months: int) -> date | None:
    """Give the same day some months on, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > 9000:
        return None
    return next(found for back in range(4) if (found := _date(year, month + 1, day.day - back)))


def _singular(unit: str) -> str:
    irregular = {"uren": "uur", "uurs": "uur", "minuten": "min", "minuut": "min", "minutes": "min", "minute": "min"}
    regular = {
        "dagen": "dag", "days": "day", "weken": "week", "weeks": "week", "hours": "hour", "hrs": "hour", "hr": "hour",
        "maanden": "maand", "months": "month", "mins": "min",
    }  # fmt: skip
    return (irregular | regular).get(unit, unit)


def _read_date(words: list[str], told: _Told, now: datetime) -> int:
    """`2026-12-01`, `1-12`, `3 dec`, `dec 3`; without a year the next one."""
    iso, short = _ISO.fullmatch(words[0]), _SHORT.fullmatch(words[0])
    if told.day is not None:
        return 0
    if iso:
        told.day = _date(int(iso[1]), int(iso[2]), int(iso[3]))
        return 1 if told.day else 0
    if short:
        year = int(short[3] or 0)
        told.day = _coming(int(short[2]), int(short[1]), year + 2000 * (0 < year < 100), now)
        return 1 if told.day else 0
    for place, month in ((1, words[1:2]), (0, words[:1])):
        number = _MONTHS.get(month[0]) if month else None
        day = _DAY_OF_MONTH.fullmatch(words[1 - place]) if number and len(words) > 1 else None
        if number and day:
            year = int(words[2]) if len(words) > 2 and re.fullmatch(r"20\d\d", words[2]) else 0
            told.day = _coming(number, int(day[1]), year, now)
            return (3 if year else 2) if told.day else 0
    return 0


def _coming(month: int, day: int, year: int, now: datetime) -> date | None:
    found = _date(year or now.year, month, day)
    if found and not year and found < now.date() - _JUST_PAST:
        return _date(now.year + 1, month, day)
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_clock(words: list[str], told: _Told, _: datetime) -> int:
    """`9:00`, `9u30`, `9 uur`, `9am`, `half 10` (half past nine); a bare number only behind a day."""
    if told.clock is not None:
        return 0
    at = int(words[0] in _AT)
    words = words[at:]
    if len(words) > 1 and words[0] == "half" and words[1].isdigit() and 1 <= int(words[1]) <= 12:
        told.clock = time(int(words[1]) - 1, 30)
        return at + 2
    for taken in (2, 1):
        match = _CLOCK.fullmatch(" ".join(words[:taken])) if len(words) >= taken else None
        if match and (at or told.day or told.part or not match[0].isdigit()):
            hour = int(match[1]) % 12 + (12 if match[3] == "pm" else 0) if match[3] else int(match[1])
            minute = int(match[2] or 0)
            is_span = told.is_counted and match[0].endswith(("h", "u", "uur"))  # `2d 3h` is no time of a day
            if hour < 24 and minute < 60 and not is_span:
                told.clock = time(hour, minute)
                return at + taken
    return 0


def _read_hour_of_a_day(words: list[str], told: _Told, now: datetime) -> int:
    """`om 3 uur`, `morgen 8h`: behind a day or "at" hours are a time; alone `3 uur` is a span."""
    return _read_clock(words, told, now) if words[0] in _AT or told.day or told.part else 0


_READERS: tuple[Callable[[list[str], _Told, datetime], int], ...] = (
    _read_later, _read_day, _read_part_of_day, _read_date, _read_hour_of_a_day, _read_span, _read_clock,
)  # fmt: skip

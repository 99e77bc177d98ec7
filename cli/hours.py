"""Opening hours as people write them: `9-12:30 13-17:30`, `ma-vr 9-17, za 10-16`, and back again."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from triage.clock import WHOLE_DAY, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

Week = tuple[tuple[Span, ...], ...]

_NAMES = (  # Dutch, English, German and French, short and long; a name that means two days in two of them is none
    "ma maandag maandags mon monday mo montag lun lundi",
    "di dinsdag dinsdags tue tues tuesday dienstag mar mardi",
    "wo woensdag woensdags wed wednesday mi mittwoch mer mercredi",
    "do donderdag donderdags thu thur thurs thursday donnerstag jeu jeudi",
    "vr vrijdag vrijdags fri friday fr freitag ven vendredi",
    "za zaterdag zaterdags sat saturday sa samstag sam samedi",
    "zo zondag zondags sun sunday so sonntag dim dimanche",
)
_DAYS: dict[str, tuple[int, ...]] = {name: (day,) for day, names in enumerate(_NAMES) for name in names.split()}
_DAYS |= dict.fromkeys(("werkdagen", "doordeweeks", "weekdays", "werktags"), tuple(range(5)))
_DAYS |= dict.fromkeys(("weekend", "weekends"), (5, 6))
_DAYS |= dict.fromkeys(("dagelijks", "daily", "täglich"), tuple(range(7)))
_CLOSED = {"gesloten", "dicht", "closed", "geschlossen", "fermé"}
_TO = {"-", "–", "—", "tot", "t/m", "tm", "to", "till", "until", "bis", "à"}
_NOTHING = {",", ";", "en", "and", "und", "et", "van", "from", "von", "de", "uur", "u", "h", "uhr", "&", "+"}
_TOKEN = re.compile(r"(\d{1,2})(?:[:.hu](\d\d)|[hu]\b)?\s?(am\b|pm\b)?|t/m|[^\W\d]+|[-–—,;:.&+]")
_LONGEST = 400  # letters
_SHOWN = {
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def parse_hours(text: str) -> Week:
    """Read a week; hours without a day hold from Monday to Friday, and what is said later of a day replaces it.

    Raises ValueError for what cannot be meant.
    """
    try:
        return _week(text)
    except ValueError:
        raise ValueError("these are no opening hours") from None


def _week(text: str) -> Week:
    if len(text) > _LONGEST:
        raise ValueError(text)
    if text.replace(" ", "") in {"24/7", "24x7"}:
        return (WHOLE_DAY,) * 7
    week: list[tuple[Span, ...]] = [()] * 7
    for days, spans in _groups(_tokens(text.lower().replace("tot en met", "-"))):
        for day in days:
            week[day] = tuple(sorted(spans, key=lambda span: span.start))
    if not any(week) or any(after.start < before.end for day in week for before, after in pairwise(day)):
        raise ValueError(text)
    return tuple(week)


_Token = str | tuple[int, ...] | timedelta  # "-" and "closed", days, a time


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    for match in _TOKEN.finditer(text):
        if text[place : match.start()].strip():
            raise ValueError(text)
        place = match.end()
        word = match[0].strip()
        if match[1]:
            found.append(_time(int(match[1]), int(match[2] or 0), match[3] or ""))
        elif word in _DAYS:
            found.append(_DAYS[word])
        elif word in _TO or word in _CLOSED:
            found.append("-" if word in _TO else "closed")
        elif word not in _NOTHING and word not in {":", "."}:
            raise ValueError(text)
    if text[place:].strip():
        raise ValueError(text)
    return found


def _time(hour: int, minute: int, half: str) -> timedelta:
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute > 59:
        raise ValueError(str(minute))
    return timedelta(hours=hour, minutes=minute)


def _groups(tokens: list[_Token]) -> list[tuple[list[int], list[Span]]]:
    """Gather days with the hours behind them."""
    groups: list[tuple[list[int], list[Span]]] = []
    has_hours = True
    for run in _runs(tokens):
        if isinstance(run, Span):
            if not groups:
                groups.append(([*range(5)], []))
            groups[-1][1].append(run)
            has_hours = True
        elif run is None:
            has_hours = True
        elif has_hours:
            groups.append((list(run), []))
            has_hours = False
        else:
            groups[-1][0].extend(run)
    if not has_hours:
        raise ValueError("a day without hours")
    return groups


def _runs(tokens: list[_Token]) -> list[Span | tuple[int, ...] | None]:
    """Join `a - b` into days or a span; None is a day that is closed."""
    runs: list[Span | tuple[int, ...] | None] = []
    rest = list(tokens)
    while rest:
        first = rest.pop(0)
        if first == "closed":
            runs.append(None)
        elif len(rest) > 1 and rest[0] == "-":
            rest.pop(0)
            runs.append(_from_to(first, rest.pop(0)))
        elif isinstance(first, tuple):
            runs.append(first)
        else:
            raise ValueError("a time that ends nowhere")
    return runs


def _from_to(first: _Token, last: _Token) -> Span | tuple[int, ...]:
    if isinstance(first, timedelta) and isinstance(last, timedelta):
        return Span(first, last)
    if isinstance(first, tuple) and isinstance(last, tuple):
        start, end = first[0], last[-1]
        return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))
    raise ValueError("from a day to a time")


def say_hours(week: Sequence[Sequence[Span]], language: str) -> str:
    """Write a week so that `parse_hours` reads it: `ma-vr 09:00-17:00, za 10:00-16:00`."""
    parts = []
    for spans, group in groupby(range(7), key=lambda day: tuple(week[day])):
        days = list(group)
        if spans:
            names = [_SHOWN[language][day] for day in (days[0], days[-1])]
            parts.append(" ".join(["-".join(dict.fromkeys(names)), *map(str, spans)]))
    return ", ".join(parts)

"""Opening hours as owners write them are understood, and are written back so that they are understood again."""

from __future__ import annotations

import time

import pytest

from cli.hours import parse_hours, say_hours

OFFICE = "Mon-Fri 09:00-17:00"


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("9-17", OFFICE),
        ("9 tot 17 uur", OFFICE),
        ("09.00 - 17.00", OFFICE),
        ("9am-5pm", OFFICE),
        ("van 9u tot 17u", OFFICE),
        ("ma-vr 9-17", OFFICE),
        ("Ma t/m Vr 9:00–17:00 uur", OFFICE),
        ("maandag tot en met vrijdag 9-17", OFFICE),
        ("werkdagen 9-17", OFFICE),
        ("mo-fr 9-17 Uhr", OFFICE),
        ("lun-ven 9h00 à 17h", OFFICE),
        ("9-12:30 13-17:30", "Mon-Fri 09:00-12:30 13:00-17:30"),
        ("9-12:30, 13-17:30", "Mon-Fri 09:00-12:30 13:00-17:30"),
        ("9-12:30 en 13-17:30", "Mon-Fri 09:00-12:30 13:00-17:30"),
        ("13-17:30 9-12:30", "Mon-Fri 09:00-12:30 13:00-17:30"),
        ("ma-vr 9-17, za 10-16", "Mon-Fri 09:00-17:00, Sat 10:00-16:00"),
        ("ma-vr 9-17; do 9-21", "Mon-Wed 09:00-17:00, Thu 09:00-21:00, Fri 09:00-17:00"),
        ("ma-vr 9-17, wo gesloten", "Mon-Tue 09:00-17:00, Thu-Fri 09:00-17:00"),
        ("di, do en za 10-16", "Tue 10:00-16:00, Thu 10:00-16:00, Sat 10:00-16:00"),
        ("fri-mon 10-18", "Mon 10:00-18:00, Fri-Sun 10:00-18:00"),
        ("daily 8:30-18:00", "Mon-Sun 08:30-18:00"),
        ("24/7", "Mon-Sun 00:00-24:00"),
        ("12am-12pm", "Mon-Fri 00:00-12:00"),
    ],
)
def test_hours_are_understood(text: str, week: str) -> None:
    assert say_hours(parse_hours(text), "en") == week


@pytest.mark.parametrize(
    "text",
    [
        *("", "bla", "9", "9-", "-17", "17-9", "9-25", "9:75-10", "ma-vr", "ma-vr gesloten", "9-17 10-12", "9-17?"),
        *("ma-17", "9-vr", "open", "9-17 ma", "3000-4000", "9-17" * 200, "1" * 5000),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no opening hours"):
        parse_hours(text)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("text", ["ma-vr 9-12:30 13-17:30, za 10-16", "wo 0-24", "zo 12-17, ma 13-18"])
def test_what_is_shown_can_be_typed(text: str, language: str) -> None:
    week = parse_hours(text)

    assert parse_hours(say_hours(week, language)) == week


def test_hostile_hours_take_no_time() -> None:
    before = time.perf_counter()

    for hostile in ("9-" * 25_000, " " * 50_000, "ma" * 25_000, "9:" * 25_000):
        with pytest.raises(ValueError, match="no opening hours"):
            parse_hours(hostile)

    assert time.perf_counter() - before < 1

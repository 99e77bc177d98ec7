"""Moments as people type them, in Dutch and English."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from triage.errors import UsageError
from triage.moments import parse_moment
from triage.settings import Settings, ShopSettings

ZONE = ZoneInfo("Europe/Amsterdam")
HOURS = Settings(shop=ShopSettings(timezone=ZONE, holidays="")).opening_hours()
WEDNESDAY = datetime(2026, 11, 18, 14, 20, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow", "2026-11-19 09:00"),
        ("tomorrow 9:00", "2026-11-19 09:00"),
        ("tomorrow at 8.30", "2026-11-19 08:30"),
        ("morgen 9u", "2026-11-19 09:00"),
        ("morgen om 9u30", "2026-11-19 09:30"),
        ("morgen 9 uur", "2026-11-19 09:00"),
        ("Morgen, half 10", "2026-11-19 09:30"),
        ("overmorgen", "2026-11-20 09:00"),
        ("morgenmiddag", "2026-11-19 13:00"),
        ("tomorrow afternoon", "2026-11-19 13:00"),
        ("vanavond", "2026-11-18 18:00"),
        ("tonight", "2026-11-18 18:00"),
        ("today 16:00", "2026-11-18 16:00"),
        ("16:00", "2026-11-18 16:00"),
        ("9:00", "2026-11-19 09:00"),
        ("5pm", "2026-11-18 17:00"),
        ("12am", "2026-11-19 00:00"),
        ("30m", "2026-11-18 14:50"),
        ("30 min", "2026-11-18 14:50"),
        ("4h", "2026-11-18 18:20"),
        ("over 4 uur", "2026-11-18 18:20"),
        ("in 2 hours", "2026-11-18 16:20"),
        ("2d", "2026-11-20 09:00"),
        ("2 dagen", "2026-11-20 09:00"),
        ("3d", "2026-11-23 09:00"),
        ("2 weken", "2026-12-02 09:00"),
        ("1w 10:00", "2026-11-25 10:00"),
        ("monday", "2026-11-23 09:00"),
        ("ma", "2026-11-23 09:00"),
        ("maandag 9u", "2026-11-23 09:00"),
        ("fri 8", "2026-11-20 08:00"),
        ("woensdag", "2026-11-25 09:00"),
        ("zaterdag", "2026-11-23 09:00"),
        ("zaterdag 10:00", "2026-11-21 10:00"),
        ("next week", "2026-11-23 09:00"),
        ("volgende week", "2026-11-23 09:00"),
        ("volgende vrijdag", "2026-11-27 09:00"),
        ("3 dec", "2026-12-03 09:00"),
        ("3 december 14:30", "2026-12-03 14:30"),
        ("dec 3rd", "2026-12-03 09:00"),
        ("3 mrt", "2027-03-03 09:00"),
        ("5 januari 2028", "2028-01-05 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 14:30", "2026-12-01 14:30"),
        ("1-12", "2026-12-01 09:00"),
        ("1/12/2026 9:15", "2026-12-01 09:15"),
        ("17-8", "2027-08-17 09:00"),
        ("1/12/26", "2026-12-01 09:00"),
        ("1 dec.", "2026-12-01 09:00"),
        ("2026-12-01T14:30", "2026-12-01 14:30"),
        ("1 maand", "2026-12-18 09:00"),
        ("3 months", "2027-02-18 09:00"),
        ("over een week", "2026-11-25 09:00"),
        ("een uur", "2026-11-18 15:20"),
        ("1 hr", "2026-11-18 15:20"),
        ("om 3 uur", "2026-11-19 03:00"),
        ("om 17 uur", "2026-11-18 17:00"),
        ("tomorrow 8h", "2026-11-19 08:00"),
        ("morgenmiddag 3 uur", "2026-11-19 15:00"),
        ("vanavond 8 uur", "2026-11-18 20:00"),
        ("maandagochtend", "2026-11-23 09:00"),
        ("maandagmiddag", "2026-11-23 13:00"),
        ("komende dinsdag", "2026-11-24 09:00"),
        ("next week friday", "2026-11-27 09:00"),
        ("until monday", "2026-11-23 09:00"),
        ("tot maandag", "2026-11-23 09:00"),
        ("dinsdag 1 december", "2026-12-01 09:00"),
    ],
)
def test_a_moment_is_understood(text: str, expected: str) -> None:
    found = parse_moment(text, WEDNESDAY.astimezone(UTC), ZONE, HOURS)

    assert f"{found.astimezone(ZONE):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "9",
        "monday soon",
        "32 dec",
        "30-2",
        "25:00",
        "12:61",
        "next",
        "-2d",
        "0x2d",
        "9999999d",
        "3 marbles",
        "5 augurken",
        "2d 3h",
        "maandag 1 december",
        "over 2 weken maandag",
        "monday tuesday",
    ],
)
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is no moment that triage understands"):
        parse_moment(text, WEDNESDAY, ZONE, HOURS)


@pytest.mark.parametrize("text", ["today 9:00", "vandaag", "2026-11-17", "2020-01-01 10:00", "0m", "10 nov", "1-10"])
def test_what_has_passed_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="has passed already"):
        parse_moment(text, WEDNESDAY, ZONE, HOURS)


def test_what_is_too_far_away_is_refused() -> None:
    with pytest.raises(UsageError, match="more than ten years away"):
        parse_moment("9999-12-31", WEDNESDAY, ZONE, HOURS)


def test_both_clock_changes_are_in_it() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=ZONE)

    assert parse_moment("24h", before, ZONE, HOURS) == datetime(2026, 10, 25, 10, tzinfo=UTC)
    assert parse_moment("sunday 12:00", before, ZONE, HOURS) == datetime(2026, 10, 25, 11, tzinfo=UTC)

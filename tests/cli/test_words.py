"""What people read is there in Dutch as well, and says moments and spans as people do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cli.words import Words, language_of
from tests.shop import NOON, ZONE
from triage.model import Flag, Kind, Lane, Notice, Reason, Status
from triage.settings import Settings

DUTCH_WORDS, ENGLISH_WORDS = Words("nl", ZONE, NOON), Words("en", ZONE, NOON)


def test_every_code_is_there_in_dutch() -> None:
    words = DUTCH_WORDS
    english = ENGLISH_WORDS
    pairs = [(words.lane(lane), english.lane(lane)) for lane in Lane]
    pairs += [(words.kind(kind), english.kind(kind)) for kind in Kind]
    pairs += [(words.status(status), english.status(status)) for status in Status]
    pairs += [(words.notice(notice), english.notice(notice)) for notice in Notice]
    pairs += [(words.flag(flag), english.flag(flag)) for flag in Flag]
    pairs += [(words.reason(reason), english.reason(reason)) for reason in Reason if reason is not Reason.ELSE]

    assert [pair for pair in pairs if pair[0] == pair[1]] == []


@pytest.mark.parametrize(
    ("span", "english", "dutch"),
    [
        (timedelta(seconds=20), "since Mon 12:00", "sinds ma 12:00"),
        (timedelta(minutes=59), "59 min", "59 min"),
        (timedelta(minutes=60), "1 h open time", "1 werkuur"),
        (timedelta(hours=7, minutes=59), "7 h open time", "7 werkuren"),
        (timedelta(hours=8), "since Monday", "sinds maandag"),
    ],
)
def test_waiting_is_told_as_people_do(span: timedelta, english: str, dutch: str) -> None:
    monday = NOON - timedelta(days=2)

    assert (ENGLISH_WORDS.waited(span, monday), DUTCH_WORDS.waited(span, monday)) == (english, dutch)


@pytest.mark.parametrize(
    ("moment", "day", "full", "brief"),
    [
        ("2026-11-18T09:05", "vandaag", "woensdag 18 nov 09:05", "09:05"),
        ("2026-11-17T23:59", "gisteren", "dinsdag 17 nov 23:59", "di 23:59"),
        ("2026-11-19T00:00", "morgen", "donderdag 19 nov 00:00", "do 00:00"),
        ("2026-11-12T12:00", "donderdag", "donderdag 12 nov 12:00", "do 12:00"),
        ("2026-11-11T12:00", "11 nov", "woensdag 11 nov 12:00", "11 nov"),
        ("2025-11-18T12:00", "18 nov 2025", "dinsdag 18 nov 2025 12:00", "18 nov 2025"),
    ],
)
def test_a_moment_is_told_as_people_do(moment: str, day: str, full: str, brief: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=ZONE)

    assert (DUTCH_WORDS.day(at), DUTCH_WORDS.full(at), DUTCH_WORDS.brief(at)) == (day, full, brief)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl_BE"}, "nl"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "nl_NL.UTF-8"}, "en"),
        ({"LC_MESSAGES": "nl_NL.UTF-8", "LANG": "C"}, "nl"),
    ],
)
def test_the_language_is_that_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert language_of(Settings()) == language


def test_the_owners_choice_beats_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")

    assert language_of(Settings(language="en")) == "en"

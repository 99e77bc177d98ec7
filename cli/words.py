"""What people read, in Dutch and English: labels, moments and durations as people say them."""

from __future__ import annotations

import locale
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from triage.model import Lane, Notice, Status, Urgency

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from triage.settings import Settings

_DUTCH = {
    "Wants to buy": "Wil kopen",
    "Has bought": "Heeft gekocht",
    "At the door": "Staat voor de deur",
    "Angry": "Boos",
    "Angry for a discount": "Boos om korting",
    "Forgotten: answer now, with an apology": "Vergeten: nu antwoorden, met excuses",
    "Others": "Anderen",
    "waiting": "wacht",
    "answered": "beantwoord",
    "none": "geen antwoord nodig",
    "done": "klaar",
    "snoozed": "later",
    "ok": "op tijd",
    "soon": "bijna te laat",
    "overdue": "te laat",
    "forgotten": "vergeten",
    "unsure": "onzeker",
    "bounced": "antwoord kwam terug",
    "unreadable": "deels onleesbaar",
    "filed": "opgeborgen",
    "flag": "volgens de vlag",
    "{n} min": "{n} min",
    "{n} h open": "{n} werkuur",
    "{n} hs open": "{n} werkuren",
    "since {when}": "sinds {when}",
    "{span} left": "nog {span}",
    "{span} late": "{span} te laat",
    "before {when}": "voor {when}",
    "was due {when}": "had {when} gemoeten",
    "today": "vandaag",
    "yesterday": "gisteren",
    "tomorrow": "morgen",
    "Nobody waits. All is answered.": "Niemand wacht. Alles is beantwoord.",
    "Nothing is overdue.": "Niets is te laat.",
    "{n} waiting": "{n} wachten",
    "{n} overdue": "{n} te laat",
    "{n} forgotten": "{n} vergeten",
    "oldest {when}": "oudste {when}",
    "synced {when}": "opgehaald {when}",
    "never synced": "nog nooit opgehaald",
    "on the server": "op de server",
    "known": "bekend",
    "{n} forgotten: answer now, with an apology: {ids}": "{n} vergeten: nu antwoorden, met excuses: {ids}",
    "1 forgotten: answer now, with an apology: {ids}": "1 vergeten: nu antwoorden, met excuses: {ids}",
    "These were waiting before triage came; `triage queue --lane forgotten` lists them.": (
        "Deze wachtten al voordat triage kwam; `triage queue --lane forgotten` toont ze."
    ),
    "as of {when}": "stand van {when}",
    "open": "open",
    "closed": "gesloten",
    "closed until {when}": "gesloten tot {when}",
    "open until {when}": "open tot {when}",
    "Overdue and forgotten": "Te laat en vergeten",
    "Overdue": "Te laat",
    "Forgotten": "Vergeten",
    "waits {span}": "wacht {span}",
    "{n} more": "nog {n}",
    "asks for": "schrijft",
    "(no subject)": "(geen onderwerp)",
}

_LANES = {
    Lane.BUY: "Wants to buy",
    Lane.BOUGHT: "Has bought",
    Lane.KNOCK: "At the door",
    Lane.ANGRY: "Angry",
    Lane.HAGGLE: "Angry for a discount",
    Lane.FORGOTTEN: "Forgotten: answer now, with an apology",
    Lane.OTHER: "Others",
}
_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_WORKING_DAY = timedelta(hours=8)
_WEEK = 6  # days back for which a weekday's name is clear


def language_of(settings: Settings) -> str:
    """Give the language of labels and reports: the owner's choice, else the locale's."""
    if settings.language:
        return settings.language
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "nl" if os.environ[name].startswith("nl") else "en"
    return "nl" if (locale.getlocale()[0] or "").startswith(("nl", "Dutch")) else "en"


class Words:
    """The owner's language, time zone and moment."""

    def __init__(self, language: str, zone: ZoneInfo, now: datetime) -> None:
        self.language = language
        self._zone = zone
        self._now = now.astimezone(zone)

    def say(self, text: str, **values: object) -> str:
        """Give a text in the owner's language, with its blanks filled in."""
        translated = _DUTCH.get(text, text) if self.language == "nl" else text
        return translated.format(**values) if values else translated

    def lane(self, lane: Lane) -> str:
        """Name a lane in the words of the seed."""
        return self.say(_LANES[lane])

    def code(self, code: Status | Urgency | Notice) -> str:
        """Name a status, an urgency or a notice."""
        return self.say(code.value)

    def span(self, span: timedelta) -> str:
        """Say how long, in opening time: `12 min`, `3 werkuren`."""
        minutes = int(span.total_seconds() // 60)
        if minutes < 60:
            return self.say("{n} min", n=minutes)
        hours = minutes // 60
        if self.language == "nl":
            return self.say("{n} h open" if hours == 1 else "{n} hs open", n=hours)
        return f"{hours} h open"

    def waited(self, waited: timedelta, since: datetime) -> str:
        """Say how long somebody waits: up to a working day in opening time, then since when."""
        return self.span(waited) if waited < _WORKING_DAY else self.say("since {when}", when=self.day(since))

    def day(self, moment: datetime) -> str:
        """Name a day as people do: today, yesterday, Friday, 3 Nov."""
        local = moment.astimezone(self._zone)
        days = (self._now.date() - local.date()).days
        if days in {0, 1, -1}:
            return self.say({0: "today", 1: "yesterday", -1: "tomorrow"}[days])
        if abs(days) <= _WEEK:
            return _DAYS[self.language][local.weekday()]
        year = f" {local.year}" if local.year != self._now.year else ""
        return f"{local.day} {_MONTHS[self.language][local.month - 1]}{year}"

    def moment(self, moment: datetime) -> str:
        """Name a moment: `14:30` today, else the day as well."""
        local = moment.astimezone(self._zone)
        clock = f"{local:%H:%M}"
        return clock if local.date() == self._now.date() else f"{self.day(moment)} {clock}"

    def full(self, moment: datetime) -> str:
        """Name a moment in full: `vrijdag 20 nov 14:30`."""
        local = moment.astimezone(self._zone)
        year = f" {local.year}" if local.year != self._now.year else ""
        month = _MONTHS[self.language][local.month - 1]
        return f"{_DAYS[self.language][local.weekday()]} {local.day} {month}{year} {local:%H:%M}"

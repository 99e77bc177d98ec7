"""What people read, in Dutch and English: labels, moments and durations as people say them."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from triage.clock import Counting
from triage.i18n import N_, language_of_locale, translate, translate_count
from triage.model import Flag, Kind, Lane, Notice, Reason, Status

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from triage.clock import Target
    from triage.settings import Settings

_LANES = {
    Lane.BUY: N_("Wants to buy"),
    Lane.BOUGHT: N_("Has bought"),
    Lane.KNOCK: N_("At the door"),
    Lane.ANGRY: N_("Angry"),
    Lane.HAGGLE: N_("Angry for a discount"),
    Lane.FORGOTTEN: N_("Forgotten: answer now, with an apology"),
    Lane.OTHER: N_("Others"),
}
_STATUSES = {Status.NONE: N_("needs no answer")}
_NOTICES = {
    Notice.BOUNCED: N_("our answer bounced"),
    Notice.FILED: N_("filed away"),
    Notice.FLAG: N_("by the flag alone"),
    Notice.UNREADABLE: N_("partly unreadable"),
}
_REASONS = {
    Reason.DEFECT: N_("it does not work"),
    Reason.HOW: N_("how do I …?"),
    Reason.WHERE: N_("where is …?"),
    Reason.BUY: N_("I want …"),
}
_DAYS = (*(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday")),)
_SHORT_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)
WORKING_DAY = timedelta(hours=8)
_MINUTE = timedelta(minutes=1)
_MEGABYTE = 1_000_000
_WEEK = 6  # days back for which a weekday's name is clear


_CODES = (
    *(N_("waiting"), N_("answered"), N_("done"), N_("snoozed")),  # statuses
    *(N_("legal"), N_("review"), N_("deadline"), N_("repeat"), N_("carrier"), N_("unsure")),  # flags, notices
)
"""Codes that are words as well."""


def language_of(settings: Settings) -> str:
    """Give the language that people read: the owner's choice, else the locale's."""
    return settings.language or language_of_locale(os.environ)


class Words:
    """The owner's language, time zone and moment."""

    def __init__(self, language: str, zone: ZoneInfo, now: datetime) -> None:
        self.language = language
        self._zone = zone
        self._now = now.astimezone(zone)

    def say(self, text: str, **values: object) -> str:
        """Give a text in the owner's language, with its blanks filled in."""
        translated = translate(text, self.language)
        return translated.format(**values) if values else translated

    def count(self, number: int, one: str, many: str, **values: object) -> str:
        """Give the text for one or for many; `{n}` in it is the number."""
        return translate_count(one, many, number, self.language).format(n=number, **values)

    # -- codes ------------------------------------------------

    def lane(self, lane: Lane) -> str:
        """Name a lane in the words of the seed."""
        return self.say(_LANES[lane])

    def kind(self, kind: Kind) -> str:
        """Name a kind as its lane is named."""
        return self.say(_STATUSES[Status.NONE]) if kind is Kind.NONE else self.lane(Lane(kind))

    def status(self, status: Status) -> str:
        """Name a status."""
        return self.say(_STATUSES.get(status, status.value))

    def notice(self, notice: Notice) -> str:
        """Name a notice."""
        return self.say(_NOTICES.get(notice, notice.value))

    def flag(self, flag: Flag) -> str:
        """Name a flag."""
        return self.say(flag.value)

    def reason(self, reason: Reason) -> str:
        """Name a reason by the question that it asks; empty where there is none of the four."""
        return self.say(_REASONS[reason]) if reason in _REASONS else ""

    # -- spans ------------------------------------------------

    def span(self, span: timedelta) -> str:
        """Say how long: `12 min`, `3 h`; never nothing at all."""
        minutes = max(1, int(span.total_seconds() // 60))
        return self.say("{n} min", n=minutes) if minutes < 60 else self.say("{n} h", n=minutes // 60)

    def open_span(self, span: timedelta) -> str:
        """Say how long in opening time: `12 min`, `3 h open time`."""
        hours = int(span.total_seconds() // 3600)
        return self.count(hours, "1 h open time", "{n} h open time") if hours else self.span(span)

    def waited(self, waited: timedelta, since: datetime) -> str:
        """Say how long somebody waits: up to a working day in opening time, then since when.

        Since when, too, while the shop has not been open for a minute of it.
        """
        if waited < _MINUTE:
            return self.say("since {when}", when=self.brief(since))
        if waited < WORKING_DAY:
            return self.open_span(waited)
        return self.say("since {when}", when=self.day(since))

    def target(self, target: Target) -> str:
        """Say how soon an answer was promised: `4 h open time`, `3 days`; as configured what is no round number."""
        if target.counting is Counting.SHOP_DAYS:
            return self.count(target.amount // timedelta(days=1), "1 day", "{n} days")
        is_round = target.amount < timedelta(hours=1) or not target.amount % timedelta(hours=1)
        return self.open_span(target.amount) if is_round and target.counting is Counting.OPEN_TIME else str(target)

    # -- moments ------------------------------------------------

    def day(self, moment: datetime) -> str:
        """Name a day as people do: today, yesterday, Friday, 3 Nov."""
        days = (self._now.date() - moment.astimezone(self._zone).date()).days
        if days in {0, 1, -1}:
            return self.say({0: N_("today"), 1: N_("yesterday"), -1: N_("tomorrow")}[days])
        return self._weekday(moment) if abs(days) <= _WEEK else self._date(moment)

    def moment(self, moment: datetime) -> str:
        """Name a moment: `14:30` today, else the day as well."""
        clock = f"{moment.astimezone(self._zone):%H:%M}"
        return clock if self.is_today(moment) else f"{self.day(moment)} {clock}"

    def brief(self, moment: datetime) -> str:
        """Name a moment in a narrow column: `14:30`, `Mon 09:30`, `3 Nov`."""
        clock = f"{moment.astimezone(self._zone):%H:%M}"
        if self.is_today(moment):
            return clock
        return f"{self.brief_day(moment)} {clock}" if self._is_near(moment) else self._date(moment)

    def brief_day(self, moment: datetime) -> str:
        """Name a day in a narrow column: `Mon`, `3 Nov`."""
        if not self._is_near(moment):
            return self._date(moment)
        return self._short_weekday(moment)

    def brief_date(self, moment: datetime) -> str:
        """Name a day shortly but wholly: `Mon 23 Nov`."""
        return f"{self._short_weekday(moment)} {self._date(moment)}"

    def full(self, moment: datetime) -> str:
        """Name a moment in full: `vrijdag 20 nov 14:30`."""
        return f"{self._weekday(moment)} {self._date(moment)} {moment.astimezone(self._zone):%H:%M}"

    def date(self, moment: datetime) -> str:
        """Name a day by its date, with its year: `3 Nov 2025`."""
        local = moment.astimezone(self._zone)
        return f"{local.day} {self.say(_MONTHS[local.month - 1])} {local.year}"

    def size(self, number: int) -> str:
        """Say how many bytes: `312 kB`, `4.2 MB`."""
        if number < _MEGABYTE:
            return self.say("{n} kB", n=-(-number // 1000))
        amount = f"{number / _MEGABYTE:.1f}"
        return self.say("{n} MB", n=amount.replace(".", ",") if self.language == "nl" else amount)

    def is_today(self, moment: datetime) -> bool:
        """Say whether a moment lies on the day that is judged."""
        return moment.astimezone(self._zone).date() == self._now.date()

    def _is_near(self, moment: datetime) -> bool:
        return abs((self._now.date() - moment.astimezone(self._zone).date()).days) <= _WEEK

    def _weekday(self, moment: datetime) -> str:
        return self.say(_DAYS[moment.astimezone(self._zone).weekday()])

    def _short_weekday(self, moment: datetime) -> str:
        return self.say(_SHORT_DAYS[moment.astimezone(self._zone).weekday()])

    def _date(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        year = f" {local.year}" if local.year != self._now.year else ""
        return f"{local.day} {self.say(_MONTHS[local.month - 1])}{year}"

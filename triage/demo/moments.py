"""When the sample shop's mails came in: ages in opening time, so that the queue looks the same whenever it is shown.

A mail that is 50 minutes of opening time old has used 50 minutes of its target, on a Tuesday as on a Sunday night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from triage.clock import EARLIEST, spans_between

if TYPE_CHECKING:
    from triage.clock import OpeningHours

SHOP_DAY = timedelta(hours=8)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Age:
    """How much opening time ago a mail came in, and at what time of that day if not just then.

    An age with `at` must be longer than any day of opening time, else its mail might lie in the future.
    """

    open_time: timedelta
    at: time | None = None

    @classmethod
    def parse(cls, text: str, at: str = "") -> Age:
        """Read `18m`, `3h20m` or `1d4h`, and `21:40`; a `d` is a SHOP_DAY. Raises ValueError."""
        found = re.fullmatch(r"(?:(\d{1,3})d)?(?:(\d{1,3})h)?(?:(\d{1,3})m)?", text, re.ASCII)
        if not text or found is None:
            raise ValueError(f'"{text}" is no age such as "18m", "3h20m" or "1d4h"')
        days, hours, minutes = (int(group or 0) for group in found.groups())
        return cls(days * SHOP_DAY + timedelta(hours=hours, minutes=minutes), time.fromisoformat(at) if at else None)


def moment_of(age: Age, now: datetime, hours: OpeningHours) -> datetime:
    """Find the instant, in UTC, at which a mail of this age came in."""
    opened = before(now, age.open_time, hours)
    if age.at is None:
        return opened
    return datetime.combine(opened.astimezone(hours.timezone), age.at, hours.timezone).astimezone(UTC)


def before(now: datetime, open_time: timedelta, hours: OpeningHours) -> datetime:
    """Find the latest instant, in UTC, from which the shop has been open for so long until now.

    The inverse of `clock.open_time_between`. A shop that was not open for so long since 1970 gives 1970.
    """
    left, end = open_time, now.astimezone(UTC)
    while end > EARLIEST:
        for opens, closes in reversed(list(spans_between(end - WEEK, end, hours))):
            if left <= closes - opens:
                return closes - left
            left -= closes - opens
        end -= WEEK
    return EARLIEST

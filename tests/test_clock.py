"""When is an answer due? Tables that an owner could read, and laws that hold for any week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from triage.clock import (
    Counting,
    DayRange,
    OpeningHours,
    Span,
    Target,
    due_at,
    is_open,
    next_opening,
    open_time_between,
    parse_duration,
    parse_target,
    spans_between,
    used_between,
)

if TYPE_CHECKING:
    from collections.abc import Callable

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SPRING = date(2026, 3, 29)  # at 02:00 the clocks of Europe jump to 03:00
AUTUMN = date(2026, 10, 25)  # at 03:00 they go back to 02:00


def spans(*texts: str) -> tuple[Span, ...]:
    return tuple(Span.parse(text) for text in texts)


def hours(
    *days: tuple[Span, ...],
    zone: ZoneInfo = AMSTERDAM,
    closed: tuple[DayRange, ...] = (),
    holidays: frozenset[date] = frozenset(),
    open_after_all: frozenset[date] = frozenset(),
) -> OpeningHours:
    """Build opening hours from the days that are given; the rest of the week is closed."""
    return OpeningHours(zone, (*days, *[()] * (7 - len(days))), closed, holidays, open_after_all)


OFFICE = spans("09:00-12:30", "13:00-17:30")
ALL_DAY = spans("00:00-24:00")
SHOP = hours(*[OFFICE] * 5)
ALWAYS = hours(*[ALL_DAY] * 7)


def at(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    """Read a wall clock; `fold` as a third word is the second time that the clock shows it."""
    day, clock, *fold = text.split()
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone, fold=len(fold)).astimezone(UTC)


def wall(instant: datetime, zone: ZoneInfo = AMSTERDAM) -> str:
    local = instant.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}" + (" fold" if local.fold else "")


@pytest.mark.parametrize(
    ("received", "target", "due"),
    [
        # The table "Due, by example"; 2026-11-23 is a Monday.
        pytest.param("2026-11-23 10:00", "4h", "2026-11-23 14:30", id="lunch stands still"),
        pytest.param("2026-11-26 16:30", "1h", "2026-11-26 17:30", id="at closing time, not at the next opening"),
        pytest.param("2026-11-23 07:10", "1h", "2026-11-23 10:00", id="before opening"),
        pytest.param("2026-11-27 20:00", "4h", "2026-11-30 13:30", id="Friday evening"),
        pytest.param("2026-11-27 16:00", "1d", "2026-11-30 16:00", id="a day over the weekend"),
        pytest.param("2026-11-28 12:00", "3d", "2026-12-03 00:00", id="three days from a Saturday"),
        # Further rows.
        pytest.param("2026-11-27 16:30", "4h", "2026-11-30 12:00", id="over the weekend"),
        pytest.param("2026-11-23 12:30", "1h", "2026-11-23 14:00", id="just as lunch begins"),
        pytest.param("2026-11-23 12:45", "30m", "2026-11-23 13:30", id="during lunch"),
        pytest.param("2026-11-23 11:30", "1h", "2026-11-23 12:30", id="as lunch begins, not as it ends"),
        pytest.param("2026-11-23 17:30", "1m", "2026-11-24 09:01", id="just after closing time"),
        pytest.param("2026-11-23 09:00", "8h", "2026-11-23 17:30", id="exactly one working day"),
        pytest.param("2026-11-23 09:00", "1h30m", "2026-11-23 10:30", id="an hour and a half"),
        pytest.param("2026-11-23 10:00", "24h", "2026-11-26 10:00", id="24 hours of opening are three days"),
        pytest.param("2026-11-23 10:00", "3d", "2026-11-26 10:00", id="days count the nights"),
        pytest.param("2026-11-27 16:00", "24h weekdays", "2026-11-30 16:00", id="bol.com: the weekend stands still"),
        pytest.param("2026-11-23 20:00", "24h weekdays", "2026-11-24 20:00", id="bol.com: evenings count"),
        pytest.param("2026-03-27 16:30", "4h", "2026-03-30 12:00", id="over the start of summer time"),
        pytest.param("2026-10-23 16:30", "4h", "2026-10-26 12:00", id="over the end of summer time"),
        pytest.param("2027-12-31 17:00", "1h", "2028-01-03 09:30", id="over the end of the year"),
        pytest.param("2026-12-31 16:30", "1h", "2026-12-31 17:30", id="as the year's last opening ends"),
    ],
)
def test_due(received: str, target: str, due: str) -> None:
    assert wall(due_at(at(received), parse_target(target), SHOP)) == due


CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 26)})  # a Friday and a Saturday
BRIDGE = (DayRange(date(2026, 12, 28), date(2026, 12, 30)),)


@pytest.mark.parametrize(
    ("shop", "received", "target", "due"),
    [
        pytest.param(
            hours(*[OFFICE] * 5, holidays=CHRISTMAS), "2026-12-24 17:00", "1h", "2026-12-28 09:30", id="over a holiday"
        ),
        pytest.param(
            hours(*[OFFICE] * 5, holidays=CHRISTMAS), "2026-12-24 12:00", "1d", "2026-12-28 12:00", id="a day over one"
        ),
        pytest.param(
            hours(*[OFFICE] * 5, holidays=CHRISTMAS, open_after_all=CHRISTMAS),
            "2026-12-24 17:00",
            "1h",
            "2026-12-25 09:30",
            id="open on the holiday after all",
        ),
        pytest.param(
            hours(*[OFFICE] * 5, open_after_all=CHRISTMAS),
            "2026-12-25 17:00",
            "1h",
            "2026-12-28 09:30",
            id="a Saturday without hours stays closed, though it be listed as open",
        ),
        pytest.param(
            hours(*[OFFICE] * 5, holidays=CHRISTMAS, closed=BRIDGE),
            "2026-12-24 17:00",
            "1h",
            "2026-12-31 09:30",
            id="over a holiday and closed days, both ends included",
        ),
        pytest.param(
            hours(*[OFFICE] * 5, closed=BRIDGE, open_after_all=frozenset({date(2026, 12, 29)})),
            "2026-12-28 08:00",
            "1h",
            "2026-12-29 10:00",
            id="one day open within closed days",
        ),
        pytest.param(
            hours(*[OFFICE] * 5, closed=BRIDGE, holidays=CHRISTMAS, open_after_all=CHRISTMAS),
            "2026-12-24 12:00",
            "24h weekdays",
            "2026-12-28 12:00",
            id="bol.com counts its own days: shop closed on Monday, open at Christmas",
        ),
        pytest.param(ALWAYS, "2026-11-28 23:30", "1h", "2026-11-29 00:30", id="day and night, over midnight"),
        pytest.param(
            hours(spans("18:00-24:00"), spans("00:00-02:00", "18:00-24:00")),
            "2026-11-23 23:00",
            "4h",
            "2026-11-24 19:00",
            id="a bar, open past midnight",
        ),
        pytest.param(hours(OFFICE), "2026-11-23 17:00", "1h", "2026-11-30 09:30", id="open on Mondays alone"),
        pytest.param(ALWAYS, "2026-03-28 16:00", "1d", "2026-03-29 17:00", id="a night of 23 hours"),
        pytest.param(ALWAYS, "2026-10-24 16:00", "24h", "2026-10-25 15:00", id="a night of 25 hours"),
        pytest.param(
            ALWAYS, "2026-10-25 02:30", "1h", "2026-10-25 02:30 fold", id="from the first 02:30 to the second"
        ),
        pytest.param(ALWAYS, "2026-10-25 02:30 fold", "1h", "2026-10-25 03:30", id="from the second 02:30"),
        pytest.param(
            hours(*[ALL_DAY] * 7, closed=(DayRange(date(2026, 1, 1), date.max),)),
            "2026-11-23 10:00",
            "1h",
            "2036-11-23 10:00",
            id="closed for ever: ten years later",
        ),
        pytest.param(
            hours(*[ALL_DAY] * 7, closed=(DayRange(date(2026, 1, 1), date(2036, 11, 30)),)),
            "2026-11-23 10:00",
            "1h",
            "2036-11-23 10:00",
            id="closed for somewhat more than ten years: no later than that",
        ),
    ],
)
def test_due_in_other_shops(shop: OpeningHours, received: str, target: str, due: str) -> None:
    assert wall(due_at(at(received), parse_target(target), shop)) == due


@pytest.mark.parametrize(
    ("zone", "received", "due"),
    [
        pytest.param("America/New_York", "2026-11-27 16:30", "2026-11-30 11:30", id="behind UTC"),
        pytest.param("Asia/Kathmandu", "2026-11-27 16:30", "2026-11-30 11:30", id="a quarter off the hour"),
        pytest.param("Pacific/Kiritimati", "2026-11-27 16:30", "2026-11-30 11:30", id="14 hours ahead"),
        pytest.param("Pacific/Apia", "2011-12-29 16:30", "2012-01-02 11:30", id="Samoa skipped a Friday"),
        pytest.param("Africa/Cairo", "2026-04-23 16:30", "2026-04-24 11:30", id="a Friday that began at 01:00"),
        pytest.param("UTC", "2026-11-27 16:30", "2026-11-30 11:30", id="no clock changes"),
    ],
)
def test_due_in_other_zones(zone: str, received: str, due: str) -> None:
    there = ZoneInfo(zone)
    shop = hours(*[spans("09:00-17:00")] * 5, zone=there)
    assert wall(due_at(at(received, there), parse_target("3h"), shop), there) == due


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize("evening", ["2026-12-31 20:00", "2027-01-01 03:00"])
def test_years_turn_at_the_shops_own_midnight(zone: str, evening: str) -> None:
    there = ZoneInfo(zone)
    start = at(evening, there)
    always = hours(*[ALL_DAY] * 7, zone=there)
    assert due_at(start, parse_target("1h"), always) == start + timedelta(hours=1)
    assert open_time_between(start, start + timedelta(hours=1), always) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("day", "text", "open_for"),
    [
        pytest.param(SPRING, "00:00-24:00", timedelta(hours=23), id="spring: the whole day"),
        pytest.param(SPRING, "01:00-04:00", timedelta(hours=2), id="spring: over the gap"),
        pytest.param(SPRING, "02:30-04:00", timedelta(hours=1), id="spring: opens in the gap, so when it ends"),
        pytest.param(SPRING, "01:00-02:30", timedelta(hours=1), id="spring: closes in the gap, so when it begins"),
        pytest.param(SPRING, "02:15-02:45", timedelta(), id="spring: within the gap, so not at all"),
        pytest.param(AUTUMN, "00:00-24:00", timedelta(hours=25), id="autumn: the whole day"),
        pytest.param(AUTUMN, "01:00-04:00", timedelta(hours=4), id="autumn: over both"),
        pytest.param(AUTUMN, "02:30-04:00", timedelta(hours=2.5), id="autumn: opens at the first 02:30"),
        pytest.param(AUTUMN, "01:00-02:30", timedelta(hours=1.5), id="autumn: closes at the first 02:30"),
        pytest.param(AUTUMN, "02:15-02:45", timedelta(hours=0.5), id="autumn: the first of two"),
    ],
)
def test_nights_on_which_the_clocks_change(day: date, text: str, open_for: timedelta) -> None:
    shop = hours((), (), (), (), (), (), spans(text))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert open_time_between(noon - timedelta(days=2), noon + timedelta(days=2), shop) == open_for


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(
            "2026-11-23 10:00",
            "2026-11-24 10:00",
            [
                ("2026-11-23 10:00", "2026-11-23 12:30"),
                ("2026-11-23 13:00", "2026-11-23 17:30"),
                ("2026-11-24 09:00", "2026-11-24 10:00"),
            ],
            id="cut to fit",
        ),
        pytest.param("2026-11-28 10:00", "2026-11-29 10:00", [], id="a weekend has none"),
        pytest.param("2026-11-23 12:30", "2026-11-23 13:00", [], id="nor has lunch"),
        pytest.param("2026-11-24 10:00", "2026-11-23 10:00", [], id="nor a span the wrong way round"),
    ],
)
def test_spans_between(start: str, end: str, expected: list[tuple[str, str]]) -> None:
    assert [(wall(opens), wall(closes)) for opens, closes in spans_between(at(start), at(end), SHOP)] == expected


def test_touching_spans_are_told_as_one_even_over_new_year() -> None:
    start, end = at("2026-12-30 10:00"), at("2027-01-02 10:00")
    assert list(spans_between(start, end, ALWAYS)) == [(start, end)]


def test_spans_of_a_target_in_days_tell_which_days_stood_still() -> None:
    start, end = at("2026-11-27 16:00"), at("2026-11-30 16:00")
    ran = [(start, at("2026-11-28 00:00")), (at("2026-11-30 00:00"), end)]
    assert list(spans_between(start, end, SHOP, Counting.SHOP_DAYS)) == ran


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param("2026-11-23 09:00", "2026-11-23 09:00", id="at opening time"),
        pytest.param("2026-11-23 10:00", "2026-11-23 10:00", id="while open"),
        pytest.param("2026-11-23 12:30", "2026-11-23 13:00", id="as lunch begins"),
        pytest.param("2026-11-27 17:30", "2026-11-30 09:00", id="at closing time"),
        pytest.param("2026-11-28 10:00", "2026-11-30 09:00", id="on Saturday"),
    ],
)
def test_next_opening(moment: str, opens: str) -> None:
    found = next_opening(at(moment), SHOP)
    assert found == at(opens)
    assert is_open(at(moment), SHOP) == (moment == opens)


def test_a_shop_closed_for_ever_has_no_next_opening() -> None:
    shut = hours(OFFICE, closed=(DayRange(date(2020, 1, 1), date.max),))
    assert next_opening(at("2026-11-23 10:00"), shut) is None


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")), id="before the year 1 in UTC"),
        pytest.param(datetime(1904, 1, 1, tzinfo=UTC), id="a Macintosh without a battery"),
        pytest.param(datetime(2199, 12, 31, tzinfo=UTC), id="the next century"),
        pytest.param(datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), id="after the year 9999 in UTC"),
    ],
)
@pytest.mark.parametrize("closed", [(), (DayRange(date.min, date.max),)])
def test_absurd_receipts_have_a_due_time_not_before_them(received: datetime, closed: tuple[DayRange, ...]) -> None:
    shop = hours(*[OFFICE] * 5, closed=closed)
    assert due_at(received, parse_target("4h"), shop) >= received


@pytest.mark.parametrize(
    ("text", "target"),
    [
        pytest.param("4h", Target(timedelta(hours=4)), id="hours"),
        pytest.param("90m", Target(timedelta(minutes=90)), id="minutes"),
        pytest.param("1h30m", Target(timedelta(minutes=90)), id="hours and minutes"),
        pytest.param(" 4 h ", Target(timedelta(hours=4)), id="blanks"),
        pytest.param("3d", Target(timedelta(days=3), Counting.SHOP_DAYS), id="days"),
        pytest.param("24h weekdays", Target(timedelta(days=1), Counting.WEEKDAYS), id="bol.com"),
    ],
)
def test_parse_target(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    ["", "0m", "0d", "-1h", "4", "h", "4H", "1.5h", "1d4h", "1d weekdays", "367d", "9999h", "٤h", "4h4h", "weekdays"],
)
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match="a target "):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("60s", timedelta(minutes=1)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("90d", timedelta(days=90)),
    ],
)
def test_parse_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "0s", "90", "d", "-2h", "2 weeks", "1h30m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written as"):
        parse_duration(text)


@pytest.mark.parametrize("parse", [parse_target, parse_duration, Span.parse])
@pytest.mark.parametrize("hostile", ["9" * 50_000, "1h" * 25_000, " " * 50_000 + "x", "1:" * 25_000])
def test_hostile_texts_are_refused_at_once(parse: Callable[[str], object], hostile: str) -> None:
    with pytest.raises(ValueError, match="is written as"):
        parse(hostile)


@pytest.mark.parametrize(
    "text", ["", "9-17", "09:00", "17:00-09:00", "09:00-09:00", "09:60-10:00", "09:00-24:01", "25:00-26:00"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="a span "):
        Span.parse(text)


@pytest.mark.parametrize("text", ["00:00-24:00", "09:05-17:30"])
def test_a_span_is_written_as_it_was_read(text: str) -> None:
    assert str(Span.parse(text)) == text


@pytest.mark.parametrize(
    ("week", "why"),
    [
        pytest.param(((),) * 7, "the shop never opens", id="never open"),
        pytest.param((OFFICE,) * 5, "a week has seven days", id="no whole week"),
        pytest.param((spans("09:00-13:00", "12:00-17:00"),) * 7, "without overlap", id="overlap"),
        pytest.param((spans("13:00-17:00", "09:00-12:00"),) * 7, "without overlap", id="out of order"),
    ],
)
def test_impossible_weeks_are_refused(week: tuple[tuple[Span, ...], ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        OpeningHours(AMSTERDAM, week)


# --- laws -------------------------------------------------------------------------------------------------------------

minutes = st.integers(0, 24 * 60)
day_spans = st.lists(minutes, min_size=0, max_size=6, unique=True).map(
    lambda edges: tuple(
        Span(timedelta(minutes=start), timedelta(minutes=end))
        for start, end in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    )
)
ZONES = ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "Africa/Cairo"]
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
targets = st.one_of(
    st.integers(1, 40 * 60).map(lambda amount: Target(timedelta(minutes=amount))),
    st.integers(1, 9).map(lambda amount: Target(timedelta(days=amount), Counting.SHOP_DAYS)),
    st.integers(1, 60).map(lambda amount: Target(timedelta(hours=amount), Counting.WEEKDAYS)),
)


@st.composite
def shops(draw: st.DrawFn) -> OpeningHours:
    week = tuple(draw(day_spans) for _ in range(7))
    assume(any(week))
    closed = tuple(
        DayRange(day, day + timedelta(days=draw(st.integers(0, 9)))) for day in draw(st.sets(days_of_2026, max_size=3))
    )
    return OpeningHours(
        ZoneInfo(draw(st.sampled_from(ZONES))),
        week,
        closed,
        holidays=frozenset(draw(st.sets(days_of_2026, max_size=5))),
        open_after_all=frozenset(draw(st.sets(days_of_2026, max_size=3))),
    )


def ticking(start: datetime, count: int, counting: Counting, shop: OpeningHours) -> timedelta:
    """Walk minute by minute beside a wall clock that never goes back, and count the minutes in which the time runs."""
    ran = 0
    shown = (start - timedelta(days=1)).astimezone(shop.timezone).replace(tzinfo=None)
    for minute in range(-24 * 60, count):
        moment = (start + timedelta(minutes=minute)).astimezone(shop.timezone).replace(tzinfo=None)
        shown = max(shown, moment)
        day, clock = shown.date(), timedelta(hours=shown.hour, minutes=shown.minute)
        shut = (day in shop.holidays or any(day in days for days in shop.closed)) and day not in shop.open_after_all
        todays = () if shut else shop.week[day.weekday()]
        runs = {
            Counting.OPEN_TIME: any(span.start <= clock < span.end for span in todays),
            Counting.SHOP_DAYS: bool(todays),
            Counting.WEEKDAYS: day.weekday() < 5 and day not in shop.holidays,
        }[counting]
        ran += runs and minute >= 0
    return timedelta(minutes=ran)


CHANGES = [
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 3, 28, tzinfo=UTC),
    datetime(2026, 4, 5, tzinfo=UTC),
    datetime(2026, 4, 24, tzinfo=UTC),
    datetime(2026, 10, 4, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 10, 29, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
]


@settings(max_examples=150, deadline=None)
@given(
    shop=shops(),
    change=st.sampled_from(CHANGES),
    back=st.integers(0, 3 * 24 * 60),
    count=st.integers(0, 7 * 24 * 60),
    counting=st.sampled_from(Counting),
)
def test_it_agrees_with_a_clock_that_ticks_minute_by_minute(
    shop: OpeningHours, change: datetime, back: int, count: int, counting: Counting
) -> None:
    start = change - timedelta(minutes=back)
    end = start + timedelta(minutes=count)
    assert used_between(start, end, Target(timedelta(hours=1), counting), shop) == ticking(start, count, counting, shop)


@settings(deadline=None)
@given(shop=shops(), received=instants, target=targets)
def test_from_receipt_until_due_exactly_the_target_is_used(
    shop: OpeningHours, received: datetime, target: Target
) -> None:
    due = due_at(received, target, shop)
    assume(due < received + timedelta(days=3650))
    assert used_between(received, due, target, shop) == target.amount


@settings(deadline=None)
@given(shop=shops(), received=instants, target=targets)
def test_an_instant_before_it_is_due_less_than_the_target_is_used(
    shop: OpeningHours, received: datetime, target: Target
) -> None:
    due = due_at(received, target, shop)
    assert received < due
    assert used_between(received, due - timedelta(microseconds=1), target, shop) < target.amount


@settings(deadline=None)
@given(shop=shops(), one=instants, other=instants, target=targets)
def test_what_came_later_is_not_due_earlier(shop: OpeningHours, one: datetime, other: datetime, target: Target) -> None:
    first, second = sorted([one, other])
    assert due_at(first, target, shop) <= due_at(second, target, shop)


@settings(deadline=None)
@given(shop=shops(), moments=st.lists(instants, min_size=3, max_size=3))
def test_open_time_adds_up(shop: OpeningHours, moments: list[datetime]) -> None:
    start, middle, end = sorted(moments)
    parts = open_time_between(start, middle, shop) + open_time_between(middle, end, shop)
    assert open_time_between(start, end, shop) == parts
    assert open_time_between(end, start, shop) == timedelta()


@settings(deadline=None)
@given(shop=shops(), one=instants, other=instants)
def test_the_spans_told_are_the_time_counted(shop: OpeningHours, one: datetime, other: datetime) -> None:
    start, end = sorted([one, other])
    told = sum((closes - opens for opens, closes in spans_between(start, end, shop)), timedelta())
    assert told == open_time_between(start, end, shop)


@given(target=targets)
def test_a_target_is_read_as_it_was_written(target: Target) -> None:
    assert parse_target(str(target)) == target

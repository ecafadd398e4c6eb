"""Periods are counted from their anchor, in the customer's calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.modules.billing.periods import Schedule, add_months


def schedule(text: str, zone: str = "UTC", unit: str = "month", count: int = 1) -> Schedule:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return Schedule(local.astimezone(UTC), zone, unit, count)


def local(made: Schedule, number: int) -> str:
    return made.boundary(number).astimezone(ZoneInfo(made.time_zone)).strftime("%Y-%m-%d %H:%M")


def test_the_31st_comes_back_after_shorter_months():
    made = schedule("2026-01-31 10:00")
    assert [local(made, n)[5:10] for n in range(5)] == ["01-31", "02-28", "03-31", "04-30", "05-31"]


def test_the_leap_day_is_the_28th_in_other_years():
    made = schedule("2028-02-29 00:00", unit="year")
    assert [local(made, n)[:10] for n in (1, 4)] == ["2029-02-28", "2032-02-29"]


@pytest.mark.parametrize("zone", ["Africa/Cairo", "Europe/Berlin", "America/New_York"])
def test_the_time_of_day_stays_over_the_changes_of_summer_time(zone):
    made = schedule("2026-01-15 09:30", zone)
    assert {local(made, n)[11:] for n in range(12)} == {"09:30"}
    assert len({made.boundary(n).time() for n in range(12)}) == 2


def test_a_time_that_a_day_leaves_out_is_due_when_the_clocks_have_gone_on():
    made = schedule("2026-02-28 02:30", "Europe/Berlin", unit="day", count=29)
    assert made.boundary(1) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert local(made, 1) == "2026-03-29 03:30"


def test_a_time_that_comes_twice_is_due_at_the_first_of_them():
    made = schedule("2026-10-24 02:30", "Europe/Berlin", unit="day")
    assert made.boundary(1) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_first_boundary_is_the_anchor_itself_even_in_the_second_of_two_hours():
    anchor = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in winter time, the second one that day
    assert Schedule(anchor, "Europe/Berlin", "month", 1).boundary(0) == anchor


moments = st.integers(1_704_067_200, 1_893_456_000).map(lambda s: datetime.fromtimestamp(s, UTC))
zones = st.sampled_from(["UTC", "Africa/Cairo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])


@given(moments, zones, st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 13), st.integers(0, 60))
def test_boundaries_rise_and_every_moment_lies_in_one_period(anchor, zone, unit, count, number):
    made = Schedule(anchor, zone, unit, count)
    begin, end = made.boundary(number), made.boundary(number + 1)
    assert begin < end
    assert made.index_at(begin) == number
    assert made.index_at(end - timedelta(microseconds=1)) == number


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-30, 60))
def test_months_are_added_without_ever_skipping_one(day, months):
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day <= day.day

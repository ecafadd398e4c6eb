"""Billing periods: counted from their anchor, in the customer's own calendar.

Each boundary is reckoned from the anchor and never from the boundary before it: what began on the 31st is
due on 28 or 29 February and on 31 March again. It keeps its time of day over the changes of summer time;
where that time does not exist on a day, it is due when the clocks have gone on, and where it comes twice,
at the first of them.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "year"]
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_ABOUT = {"day": 86_400.0, "week": 604_800.0, "month": 2_629_746.0, "year": 31_556_952.0}  # seconds


@dataclass(frozen=True, slots=True)
class Schedule:
    """`anchor` in UTC is boundary 0; period n goes from boundary n to boundary n + 1."""

    anchor: datetime
    time_zone: str
    unit: Unit
    count: int

    def boundary(self, number: int) -> datetime:
        local = self.anchor.astimezone(_zone(self.time_zone))
        steps = number * self.count
        if self.unit in _DAYS:
            day = local.date() + timedelta(days=steps * _DAYS[self.unit])
        else:
            day = add_months(local.date(), steps * _MONTHS[self.unit])
        if day == local.date():
            return self.anchor
        return _in_utc(datetime.combine(day, local.time()), self.time_zone)

    def index_at(self, moment: datetime) -> int:
        """The number of the period that `moment` lies in."""
        about = (moment - self.anchor).total_seconds() / (_ABOUT[self.unit] * self.count)
        number = int(about) - 2
        while self.boundary(number + 1) <= moment:
            number += 1
        while self.boundary(number) > moment:
            number -= 1
        return number


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def local_date(moment: datetime, time_zone: str) -> date:
    return moment.astimezone(_zone(time_zone)).date()


def is_time_zone(name: str) -> bool:
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _in_utc(local: datetime, time_zone: str) -> datetime:
    """A time that does not exist (the clocks went forward over it) is moved by as much as they were."""
    aware = local.replace(tzinfo=_zone(time_zone), fold=0)
    return aware.astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

"""How long a period is: `count` × `unit`, such as two weeks."""

from typing import Literal

Unit = Literal["day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.436875, "year": 365.2425}


def length(unit: str, count: int) -> float:
    """In days, on average: to put periods in order."""
    return _DAYS[unit] * count


def same(unit: str, count: int) -> tuple[str, int]:
    """The form in which equal periods are equal: twelve months are a year, seven days a week."""
    if unit == "month" and count % 12 == 0:
        return "year", count // 12
    if unit == "day" and count % 7 == 0:
        return "week", count // 7
    return unit, count

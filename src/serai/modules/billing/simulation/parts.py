"""Reads one part of a scenario file after the other, and says of each what is wrong, by line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from serai.kit import clock
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.kit.suggestions import nearest
from serai.modules import catalog

Location = tuple[str | int, ...]
Result = TypeVar("Result")
NEEDED: Any = object()


@dataclass(slots=True)
class Part:
    """A mapping of the file. What is missing or wrong is noted in the source, and a default given back, so
    that all that is wrong is told at once."""

    source: catalog.Source
    location: Location
    data: dict[str, Any]
    time_zone: str
    currency: str

    @property
    def line(self) -> int:
        return self.source.problem(self.location, "").line

    def line_of(self, name: str) -> int:
        return self.source.problem((*self.location, name), "", at_key=True).line

    def report(self, name: str, message: str) -> None:
        location = (*self.location, name) if name in self.data else self.location
        self.source.report(location, message, at_key=name not in self.data)

    def only(self, *known: str) -> None:
        """Complain about every other key."""
        for name in self.data:
            if name not in known:
                self.report(name, f"there is no {name!r} here.{nearest(name, known)}")

    def has(self, name: str) -> bool:
        return self.data.get(name) is not None

    def text(self, name: str, default: Any = NEEDED, among: Sequence[str] = ()) -> Any:
        value = self._value(name, default)
        if value is default:
            return None if default is NEEDED else default
        text = str(value)
        if among and text not in among:
            self.report(name, f"{text!r} is none of {', '.join(among)}.{nearest(text, among)}")
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            self.report(name, "this is true or false.")
        return bool(value)

    def number(self, name: str, default: int = NEEDED, least: int = 0) -> int:
        value = self._value(name, default)
        if value is NEEDED:
            return least
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.report(name, f"this is a whole number, {least} or more.")
            return least
        return value

    def money(self, name: str, default: Any = NEEDED) -> Any:
        """Minor units of an amount written like 10.00."""
        value = self._value(name, default)
        if value is default:
            return 0 if default is NEEDED else default
        return self.amount(name, value)

    def amount(self, name: str, value: Any) -> int:
        try:
            text = str(value)
            sign = -1 if text.startswith("-") else 1
            return sign * Money.parse(text.removeprefix("-"), self.currency).amount
        except (Invalid, ValueError, ArithmeticError):
            self.report(name, f"{value!r} is no amount of {self.currency}; write it like 10.00.")
            return 0

    def moment(self, name: str, default: Any = NEEDED) -> Any:
        value = self._value(name, default)
        if value is default:
            return clock.now() if default is NEEDED else default
        return self.moment_of(name, value)

    def moment_of(self, name: str, value: Any) -> datetime:
        try:
            made = datetime.fromisoformat(str(value))
        except ValueError:
            self.report(name, f"{value!r} is no date and time; write it like 2026-01-31 09:00.")
            return clock.now()
        return (made if made.tzinfo else made.replace(tzinfo=ZoneInfo(self.time_zone))).astimezone(UTC)

    def part(self, name: str, *, needed: bool = False) -> "Part":
        value = self.data.get(name)
        if value is None:
            if needed:
                self.report(name, f"{name!r} is missing.")
            value = {}
        return self._part(name, value)

    def parts(self, name: str) -> Iterator[tuple[str, "Part"]]:
        """The named parts of a mapping of mappings."""
        inside = self.part(name)
        for key in inside.data:
            yield key, inside.part(key)

    def rows(self, name: str) -> Iterator["Part"]:
        """The mappings of a list."""
        value = self.data.get(name) or []
        if not isinstance(value, list):
            self.report(name, "this is a list; begin each of its lines with a hyphen.")
            return
        for index, each in enumerate(value):
            yield self._part(name, each, index)

    def each(self, name: str, read: Callable[[str, Any], Result]) -> list[Result]:
        """A list of values, or a single one."""
        value = self.data.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [read(name, each) for each in values]

    def _part(self, name: str, value: Any, *more: int) -> "Part":
        location = (*self.location, name, *more)
        if not isinstance(value, dict):
            self.source.report(location, "this has names and values, such as `name: value`.")
            value = {}
        return Part(self.source, location, value, self.time_zone, self.currency)

    def _value(self, name: str, default: Any) -> Any:
        value = self.data.get(name)
        if value is not None:
            return value
        if default is NEEDED:
            self.report(name, f"{name!r} is missing.")
        return default

"""An own, small idea of what subscriptions cost: calendar and arithmetic that share no code with billing."""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction


def half_up(value: Fraction) -> int:
    sign = -1 if value < 0 else 1
    twice = 2 * abs(value)
    return sign * ((twice.numerator + twice.denominator) // (2 * twice.denominator))


def months_on(anchor: datetime, number: int) -> datetime:
    """In UTC: the same day so many months on, or that month's last."""
    whole = anchor.month - 1 + number
    year, month = anchor.year + whole // 12, whole % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return anchor.replace(year=year, month=month, day=min(anchor.day, last))


def seconds(gap) -> Fraction:
    return Fraction(gap.days * 86_400 + gap.seconds) + Fraction(gap.microseconds, 1_000_000)


@dataclass
class Thing:
    """One item: its price a month, how many, what it was charged for which time."""

    key: str
    price: int
    count: int
    charged: int = 0
    since: datetime | None = None


@dataclass
class Expectation:
    """A monthly subscription in UTC with at most one percentage off for ever (hundredths of a percent)."""

    anchor: datetime
    things: dict[str, Thing]
    off: int = 0
    number: int = 0
    status: str = "active"
    billed: list[tuple[datetime, datetime]] = field(default_factory=list)
    spent: int = 0
    begin: datetime = datetime(1, 1, 1, tzinfo=UTC)
    end: datetime = datetime(1, 1, 1, tzinfo=UTC)
    left_of_pause: Fraction = Fraction(0)
    planned: dict[str, Thing] | None = None
    ends: bool = False

    def start(self) -> int:
        self.begin, self.end = self.anchor, months_on(self.anchor, 1)
        return self._whole()

    def renew(self) -> int:
        """What the next period costs."""
        if self.ends:
            self.status = "cancelled"
            return 0
        if self.planned is not None:
            self.things, self.planned = self.planned, None
        self.number += 1
        self.begin, self.end = self.end, months_on(self.anchor, self.number + 1)
        return self._whole()

    def change(self, at: datetime, wanted: dict[str, Thing]) -> int:
        """Now: what is charged for the new less what is left of the old. Same key and count: untouched."""
        whole = seconds(months_on(self.anchor, self.number + 1) - months_on(self.anchor, self.number))
        amount, after = 0, {}
        for key, thing in wanted.items():
            old = self.things.get(key)
            if old and old.count == thing.count:
                after[key] = old
                continue
            share = min(Fraction(1), seconds(self.end - at) / whole)
            gross = half_up(thing.price * thing.count * share)
            thing.charged, thing.since = gross - self._off(gross), at
            amount += thing.charged
            after[key] = thing
        kept = {id(thing) for thing in after.values()}
        amount -= sum(self.left(thing, at) for thing in self.things.values() if id(thing) not in kept)
        self.things, self.planned = after, None
        self.spent += amount
        return amount

    def cancel(self, at: datetime) -> int:
        self.status = "cancelled"
        back = sum(self.left(thing, at) for thing in self.things.values())
        self.spent -= back
        return -back

    def pause(self, at: datetime) -> None:
        self.left_of_pause = seconds(self.end - at)
        for thing in self.things.values():
            thing.charged = self.left(thing, at)
        self.status = "paused"

    def resume(self, at: datetime, end: datetime) -> None:
        self.status, self.anchor, self.number = "active", end, -1
        self.begin, self.end = at, end
        for thing in self.things.values():
            thing.since = at

    def left(self, thing: Thing, at: datetime) -> int:
        if thing.since is None or at >= self.end:
            return 0
        return half_up(
            thing.charged * min(Fraction(1), seconds(self.end - at) / seconds(self.end - thing.since))
        )

    def _whole(self) -> int:
        amount = 0
        for thing in self.things.values():
            gross = thing.price * thing.count
            thing.charged, thing.since = gross - self._off(gross), self.begin
            amount += thing.charged
        self.billed.append((self.begin, self.end))
        self.spent += amount
        return amount

    def _off(self, gross: int) -> int:
        return half_up(Fraction(gross * self.off, 10_000))

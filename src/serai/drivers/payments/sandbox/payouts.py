"""A payout a day and currency, of what succeeded on it less the fees. Days are notes: `day:2026-03-01`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from serai.contracts.payments import Notes, Payout, PayoutLine
from serai.drivers.payments.sandbox.state import fee
from serai.kit import clock
from serai.kit.money import Money

Note = dict[str, Any]
_LONGEST = timedelta(days=3700)


async def book(notes: Notes, key: str, reference: str, amount: Money, at: str) -> None:
    """A charge (positive, which costs a fee) or a refund (negative), `at` a moment in ISO 8601. The same
    `key` is booked once."""
    cost = fee(amount).amount if amount.amount > 0 else 0
    line = {"reference": reference, "amount": amount.amount, "currency": amount.currency, "fee": cost}

    def work(note: Note | None) -> Note:
        lines = (note or {}).get("lines", {})
        return {"lines": {**lines, key: lines.get(key, line)}}

    await notes.change(f"day:{at[:10]}", work)


async def since(notes: Notes, moment: datetime) -> list[Payout]:
    """A day is paid out when it has ended, at midnight (UTC)."""
    found: list[Payout] = []
    for day in _days(moment):
        note = await notes.get(f"day:{day.isoformat()}")
        if note:
            found += _of_day(day, list(note["lines"].values()))
    return [each for each in found if each.arrived_at >= moment]


def _of_day(day: date, lines: list[Note]) -> Iterator[Payout]:
    arrived = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    for currency in sorted({each["currency"] for each in lines}):
        shown = tuple(_line(each) for each in lines if each["currency"] == currency)
        net = sum(each.amount.amount - each.fee.amount for each in shown)
        yield Payout(f"sbxp_{day.isoformat()}_{currency}", Money(net, currency), arrived, shown)


def _line(kept: Note) -> PayoutLine:
    currency = kept["currency"]
    return PayoutLine(kept["reference"], Money(kept["amount"], currency), Money(kept["fee"], currency))


def _days(moment: datetime) -> Iterator[date]:
    today = clock.now().date()
    day = max(moment.astimezone(UTC).date() - timedelta(days=1), today - _LONGEST)
    while day < today:
        yield day
        day += timedelta(days=1)

"""What usage costs: rated per period, late events as the difference to what was billed before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from serai.kit.db import Json, Session
from serai.modules import catalog
from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.usage import queries
from serai.modules.billing.usage.models import UsagePeriod

# For so long after a period's end events that come late, and corrections, are still billed.
LATE = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Metered:
    """One subscription's usage from `start` to `end` under these charges. `meters`: by id."""

    subscription_id: str
    account_id: str
    product_id: str
    package_id: str
    start: datetime
    end: datetime
    charges: tuple[catalog.ChargeView, ...]
    meters: Mapping[str, catalog.MeterView]


@dataclass(frozen=True, slots=True)
class Cost:
    charge: catalog.ChargeView
    quantity: Decimal
    amount: int


@dataclass(frozen=True, slots=True)
class Bill:
    """`rows`: what to keep as billed, once the lines are on an invoice."""

    lines: tuple[LineDraft, ...]
    rows: tuple[dict[str, Any], ...]


# A closed period's meter as it was billed, and what it costs by now.
_Again = tuple[UsagePeriod, Cost]


async def costs(session: Session, wanted: Sequence[Metered]) -> list[list[Cost]]:
    """What each costs, in the order asked; one query for all."""
    windows = [
        (each.subscription_id, charge.meter_id, each.start, each.end)
        for each in wanted
        for charge in each.charges
    ]
    found = await queries.quantities(session, windows)
    return [
        [
            _cost(charge, each, found[each.subscription_id, charge.meter_id, each.start, each.end])
            for charge in each.charges
        ]
        for each in wanted
    ]


async def bill(session: Session, wanted: Sequence[Metered], at: datetime) -> dict[str, Bill]:
    """By subscription: the running period's usage, and what came late for those before."""
    wanted = [each for each in wanted if each.charges]
    if not wanted:
        return {}
    rated = await costs(session, wanted)
    held = await caps(session, {each.subscription_id: each.start for each in wanted})
    late = await _late(session, wanted, at)
    bills = {}
    for each, parts in zip(wanted, rated, strict=True):
        lines, rows = [], []
        cap = room = held.get(each.subscription_id)
        for part in parts:
            amount = part.amount if room is None else min(part.amount, room)
            room = None if room is None else room - amount
            rows.append(_row(each, part, amount, cap, at))
            if amount:
                lines.append(_line(each, part, amount, (each.start, each.end), "usage"))
        more = late.get(each.subscription_id, Bill((), ()))
        bills[each.subscription_id] = Bill((*lines, *more.lines), (*rows, *more.rows))
    return bills


async def caps(session: Session, starts: Mapping[str, datetime]) -> dict[str, int]:
    """By subscription: the lowest cap that counts for the usage from `starts` on."""
    rows = await queries.limits(session, list(starts))
    counting = [row for row in rows if row.action == "cap" and row.counts_from <= starts[row.subscription_id]]
    return {row.subscription_id: row.amount for row in sorted(counting, key=lambda row: -row.amount)}


async def _late(session: Session, wanted: Sequence[Metered], at: datetime) -> dict[str, Bill]:
    """What closed periods cost by now, less what was billed of them."""
    by_id = {each.subscription_id: each for each in wanted}
    closed = await queries.closed_since(session, list(by_id), at - LATE)
    charges = await catalog.get_charges(session, sorted({row.charge_id for row in closed}))
    windows = [
        (row.subscription_id, charges[row.charge_id].meter_id, row.period_start, row.period_end)
        for row in closed
    ]
    found = await queries.quantities(session, windows)
    periods: dict[tuple[str, datetime], list[_Again]] = {}
    for row, window in zip(closed, windows, strict=True):
        cost = _cost(charges[row.charge_id], by_id[row.subscription_id], found[window])
        periods.setdefault((row.subscription_id, row.period_start), []).append((row, cost))
    bills: dict[str, Bill] = {}
    for (subscription_id, _start), parts in periods.items():
        more = _differences(by_id[subscription_id], parts, at)
        before = bills.get(subscription_id, Bill((), ()))
        bills[subscription_id] = Bill((*before.lines, *more.lines), (*before.rows, *more.rows))
    return bills


def _differences(each: Metered, parts: Sequence[_Again], at: datetime) -> Bill:
    """Of one closed period: never more, together with what was billed of it, than its cap."""
    cap = parts[0][0].cap
    room = None if cap is None else max(0, cap - sum(row.amount for row, _cost in parts))
    lines, rows = [], []
    # What went down comes first: it makes room below the cap for what went up.
    for row, cost in sorted(parts, key=lambda part: part[1].amount - part[0].amount):
        amount = cost.amount if room is None else min(cost.amount, row.amount + room)
        room = None if room is None else room - (amount - row.amount)
        if (amount, cost.quantity) == (row.amount, row.quantity):
            continue
        rows.append(_kept(row, cost, amount, at))
        if amount != row.amount:
            period = (row.period_start, row.period_end)
            lines.append(_line(each, cost, amount - row.amount, period, "usage_late"))
    return Bill(tuple(lines), tuple(rows))


def _cost(charge: catalog.ChargeView, each: Metered, found: Mapping[str, Decimal]) -> Cost:
    meter = each.meters.get(charge.meter_id)
    quantity = found[meter.aggregation if meter else "sum"]
    exact = catalog.rate(charge, quantity).amount_minor
    return Cost(charge, quantity, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


def _line(each: Metered, cost: Cost, amount: int, period: tuple[datetime, datetime], key: str) -> LineDraft:
    meter = each.meters.get(cost.charge.meter_id)
    text: Json = {"key": key, "name": meter.name if meter else {"en": cost.charge.meter_key},
                  "quantity": str(cost.quantity)}  # fmt: skip
    return LineDraft(
        kind="usage", text=text, gross=amount, subscription_id=each.subscription_id,
        product_id=each.product_id, package_id=each.package_id, period=period,
    )  # fmt: skip


def _row(each: Metered, cost: Cost, amount: int, cap: int | None, at: datetime) -> dict[str, Any]:
    return {
        "subscription_id": each.subscription_id, "charge_id": cost.charge.id, "period_start": each.start,
        "period_end": each.end, "account_id": each.account_id, "quantity": cost.quantity, "amount": amount,
        "cap": cap, "billed_at": at,
    }  # fmt: skip


def _kept(row: UsagePeriod, cost: Cost, amount: int, at: datetime) -> dict[str, Any]:
    return {
        "subscription_id": row.subscription_id, "charge_id": row.charge_id,
        "period_start": row.period_start, "period_end": row.period_end, "account_id": row.account_id,
        "quantity": cost.quantity, "amount": amount, "cap": row.cap, "billed_at": at,
    }  # fmt: skip

"""What is charged: whole periods, parts of them, and what is given back. Pure arithmetic over states."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from serai.modules import catalog
from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.subscriptions import proration
from serai.modules.billing.subscriptions.pricing_context import PricingContext
from serai.modules.billing.subscriptions.state import Discount, Item, Plan, State

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Charged:
    """`amounts`: item id → what it is charged, discounts taken off; `agreed`: item id → what one costs this
    account, where that is not the list's amount. `used`: the redemptions that counted."""

    lines: tuple[LineDraft, ...]
    amounts: dict[str, int]
    used: tuple[str, ...] = ()
    agreed: dict[str, int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As events keep it."""
        return {"charged": self.amounts, "used": self.used, "agreed": self.agreed}


def whole_period(state: State, plan: Plan, span: Span, pricing: PricingContext) -> Charged:
    """Every item for the whole of `span`."""
    items = [_priced(state, item, pricing) for item in plan.items]
    gross = [item.unit_amount * item.quantity for item in items]
    off, used = _discounts(state, items, gross, state.discounts, pricing)
    lines = tuple(
        _line(state, "period", original, pricing, span, gross=g, discount=d, unit=item.unit_amount)
        for original, item, g, d in zip(plan.items, items, gross, off, strict=True)
    )
    amounts = {item.id: g - d for item, g, d in zip(plan.items, gross, off, strict=True)}
    agreed = {
        item.id: priced.unit_amount
        for item, priced in zip(plan.items, items, strict=True)
        if priced.unit_amount != item.unit_amount
    }
    return Charged(tuple(line for line in lines if line.gross), amounts, used, agreed)


def part_period(state: State, items: Sequence[Item], at: datetime, pricing: PricingContext) -> Charged:
    """Items that begin in the running period, for what is left of it. Lasting percentages count; what a
    coupon takes off as an amount it took off the period already."""
    assert state.period_end is not None
    share = _share_of_whole(state, at)
    priced = [_priced(state, item, pricing) for item in items]
    gross = [proration.of(item.unit_amount * item.quantity, share) for item in priced]
    lasting = [each for each in state.discounts if each.terms.bps is not None]
    off, _used = _discounts(state, priced, gross, lasting, pricing)
    span = (at, state.period_end)
    lines = tuple(
        _line(state, "part", item, pricing, span, gross=g, discount=d)
        for item, g, d in zip(items, gross, off, strict=True)
    )
    amounts = {item.id: g - d for item, g, d in zip(items, gross, off, strict=True)}
    return Charged(tuple(line for line in lines if line.gross), amounts)


def unused(state: State, items: Sequence[Item], at: datetime, pricing: PricingContext) -> Charged:
    """What is left of what these items were charged, as lines below zero."""
    assert state.period_end is not None
    left = {item.id: left_of(state, item, at) for item in items}
    span = (at, state.period_end)
    lines = tuple(
        _line(state, "unused", item, pricing, span, gross=-left[item.id]) for item in items if left[item.id]
    )
    return Charged(lines, left)


def left_of(state: State, item: Item, at: datetime) -> int:
    if item.charged_from is None or state.period_end is None:
        return 0
    share = proration.share_left(
        item.charged_from, state.period_end, at, by=state.proration, time_zone=state.time_zone
    )
    return proration.of(item.charged, share)


def _share_of_whole(state: State, at: datetime) -> Fraction:
    """Measured against a whole period, also where the running one was cut by a pause."""
    begin, end = state.schedule.boundary(state.period), state.schedule.boundary(state.period + 1)
    return proration.share_left(begin, end, at, by=state.proration, time_zone=state.time_zone)


def _priced(state: State, item: Item, pricing: PricingContext) -> Item:
    amount = pricing.unit_amount(state.account_id, state.currency, item)
    return item if amount == item.unit_amount else msgspec.structs.replace(item, unit_amount=amount)


def _discounts(
    state: State, items: Sequence[Item], gross: Sequence[int], coupons: Sequence[Discount], pricing: PricingContext
) -> tuple[list[int], tuple[str, ...]]:
    """(what each item costs less, which redemptions took something off): percentages before amounts."""
    left, used = list(gross), []
    for each in sorted(coupons, key=lambda coupon: coupon.terms.bps is None):
        if each.terms.amount is not None and each.terms.currency != state.currency:
            continue
        fits = [i for i, item in enumerate(items) if _fits(each.terms, item, pricing)]
        off = catalog.discount([left[i] for i in fits], [each.terms], state.currency)
        for i, amount in zip(fits, off, strict=True):
            left[i] -= amount
        if any(off):
            used.append(each.redemption_id)
    return [g - rest for g, rest in zip(gross, left, strict=True)], tuple(used)


def _fits(terms: catalog.CouponTerms, item: Item, pricing: PricingContext) -> bool:
    return (not terms.package_ids or item.package_id in terms.package_ids) and (
        not terms.period_keys or pricing.period_key(item) in terms.period_keys
    )


def _line(
    state: State,
    key: str,
    item: Item,
    pricing: PricingContext,
    span: Span,
    *,
    gross: int,
    discount: int = 0,
    unit: int | None = None,
) -> LineDraft:
    text: dict[str, Any] = {"key": key, "name": pricing.name_of(item.package_id), "kind": item.kind}
    whole = key == "period"
    return LineDraft(
        kind={"period": "period", "part": "proration", "unused": "credit"}[key], text=text, gross=gross,
        discount=discount, quantity=Decimal(item.quantity if whole else 1),
        unit_amount=Decimal(unit) if whole and unit is not None else Decimal(gross),
        subscription_id=state.id, item_id=item.id, product_id=item.product_id,
        package_id=item.package_id, period=span,
    )  # fmt: skip

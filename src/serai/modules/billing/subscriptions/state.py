"""A subscription as it stands: plain data that its events lead to."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from serai.modules import catalog
from serai.modules.billing.periods import Schedule, Unit

Status = Literal["incomplete", "trialing", "active", "past_due", "suspended", "paused", "cancelled", "ended"]
Proration = Literal["second", "day", "none"]
BILLED: tuple[Status, ...] = ("active", "past_due")
OVER: tuple[Status, ...] = ("cancelled", "ended")
SERVED: tuple[Status, ...] = ("trialing", "active", "past_due")
# Why what rests with its account is paused.
AT_REST = "account_at_rest"
# How long an order waits for its first payment before its room is given to others.
PATIENCE = timedelta(hours=24)
_YEARLY = {"day": 365, "week": 52, "month": 12, "year": 1}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`unit_amount`: what one costs for a whole period, in minor units, as of the price it was bought at.
    `agreed`: what the account paid for one of it last time, where that is another amount. `charged`: what
    was billed for it, discounts taken off, from `charged_from` to the period's end."""

    id: str
    kind: str
    price_id: str
    package_id: str
    package: str
    product_id: str
    quantity: int
    unit_amount: int
    agreed: int | None = None
    charged: int = 0
    charged_from: datetime | None = None

    @property
    def price(self) -> int:
        return self.unit_amount if self.agreed is None else self.agreed


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """A redeemed coupon under the terms of then. `used`: how many periods were billed with it."""

    redemption_id: str
    coupon_id: str
    code: str
    terms: catalog.CouponTerms
    used: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscription is of, and how long its periods are."""

    items: tuple[Item, ...]
    unit: Unit
    count: int

    @property
    def base(self) -> Item:
        return self.items[0]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """From the first period on that begins at `since` or later, items bought at `price_id` cost what
    `to_price_id` says: a price raised for running subscriptions, too."""

    price_id: str
    to_price_id: str
    unit_amount: int
    since: datetime


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`moves`: price changes to come. `period`: number of the running period since `anchor`. `pending`: what holds from the next period on.
    `usage_from`: where the usage that is not billed yet begins. `remaining`: seconds of paid time that a
    pause keeps. `label`: what its customer
    calls it, its system's name. `waits_until`: how long an order
    waits for money that is on its way. `past_due_since`: when a payment first failed."""

    id: str
    account_id: str
    version: int
    status: Status
    currency: str
    time_zone: str
    legal_entity_id: str
    plan: Plan
    created_at: datetime
    proration: Proration = "second"
    trial_end: datetime | None = None
    anchor: datetime | None = None
    period: int = 0
    period_start: datetime | None = None
    period_end: datetime | None = None
    usage_from: datetime | None = None
    discounts: tuple[Discount, ...] = ()
    pending: Plan | None = None
    moves: tuple[Move, ...] = ()
    cancel_at_end: bool = False
    paused_at: datetime | None = None
    pause_at_end: bool = False
    resume_at: datetime | None = None
    remaining: float = 0.0
    past_due_since: datetime | None = None
    method_id: str | None = None
    launch_id: str | None = None
    label: str = ""
    order_invoice_id: str | None = None
    waits_until: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None

    @property
    def schedule(self) -> Schedule:
        assert self.anchor is not None
        return Schedule(self.anchor, self.time_zone, self.plan.unit, self.plan.count)

    def plan_from(self, start: datetime) -> Plan:
        """What the period that begins at `start` is of: what was planned for it, at the prices of then."""
        plan = self.pending or self.plan
        moves = {each.price_id: each for each in self.moves if each.since <= start}
        if not any(item.price_id in moves for item in plan.items):
            return plan
        items = tuple(_moved(item, moves.get(item.price_id)) for item in plan.items)
        return msgspec.structs.replace(plan, items=items)

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def due_at(self) -> datetime | None:
        """When the clock alone changes something."""
        match self.status:
            case "incomplete":
                return max(self.created_at + PATIENCE, self.waits_until or self.created_at)
            case "trialing":
                return self.trial_end
            case "active" | "past_due":
                return self.period_end
            case "suspended":
                return self.period_end if self.cancel_at_end else None
            case "paused":
                return self.resume_at
        return None

    @property
    def monthly(self) -> int:
        """What it brings a month before tax, discounts that last for ever taken off."""
        if self.status not in BILLED:
            return 0
        gross = [item.price * item.quantity for item in self.plan.items]
        lasting = [each.terms for each in self.discounts if each.terms.duration == "forever"]
        net = sum(gross) - sum(catalog.discount(gross, lasting, self.currency))
        return round(net * _YEARLY[self.plan.unit] / (12 * self.plan.count))


def _moved(item: Item, move: Move | None) -> Item:
    if move is None:
        return item
    return msgspec.structs.replace(item, price_id=move.to_price_id, unit_amount=move.unit_amount, agreed=None)

"""Raise (or lower) a price for running subscriptions, too: from their next renewal on, never before.

Without it a subscription keeps the price it was bought at. Discounts and special prices go on counting,
from the new price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules import catalog
from serai.modules.billing.subscriptions import invoicing, queries, store
from serai.modules.billing.subscriptions.history import NewEvent, new_event
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.state import Item, Move, State


@dataclass(frozen=True, slots=True)
class PriceMove:
    """What one item of a subscription costs a period, all of its quantity and special prices counted, in
    minor units; `since`: the first period that costs `new`."""

    subscription_id: str
    account_id: str
    label: str
    quantity: int
    currency: str
    current: int
    new: int
    since: datetime


async def price_change(
    session: Session, actor: Actor, price_id: str, new_amount: int, at: datetime | None = None
) -> list[PriceMove]:
    """Who would pay what, if the price (any version of it) were `new_amount` minor units from `at` (now)
    on for running subscriptions, too. Writes nothing."""
    catalog.policy.MANAGE.require(actor)
    if new_amount < 0:
        raise Invalid(_("An amount is zero or more."), fields={"amount": _("An amount is zero or more.")})
    at = max(at or clock.now(), clock.now())
    price, states = await _paying(session, price_id, lock=False)
    pricing = await read_pricing(session, [state for state, _item in states], clock.now())
    return [_shown(state, item, price, new_amount, pricing, at) for state, item in states]


async def move_price(
    session: Session, actor: Actor, price_id: str, at: datetime | None = None
) -> list[State]:
    """Let every running subscription that pays another version of this price pay this one from its first
    renewal at `at` (now) or later. May be repeated; those that pay it already stay as they are."""
    catalog.policy.MANAGE.require(actor)
    now = clock.now()
    since = max(at or now, now)
    price, states = await _paying(session, price_id, lock=True)
    changes: dict[str, tuple[State, list[NewEvent]]] = {}
    for state, item in states:
        move = Move(
            price_id=item.price_id, to_price_id=price.id, unit_amount=price.amount.amount, since=since
        )
        if item.price_id != price.id and move not in state.moves:
            changes.setdefault(state.id, (state, []))[1].append(new_event("price_move_scheduled", move=move))
    after = await store.record(session, actor, list(changes.values()), now)
    for state in after:
        await invoicing.tell(session, actor, "price_move_scheduled", changes[state.id][0], state)
    return after


async def _paying(
    session: Session, price_id: str, *, lock: bool
) -> tuple[catalog.PriceView, list[tuple[State, Item]]]:
    """The price, and the items of running subscriptions that were bought at any version of it, as they
    will be when the next period begins."""
    price = await catalog.get_price(session, price_id)
    package = await catalog.package_by_id(session, price.package_id)
    rows = await queries.running_of_product(session, package.product_id, lock=lock)
    found = [
        (state, item)
        for state in map(store.state_of, rows)
        for item in (state.pending or state.plan).items
        if item.package_id == price.package_id and state.currency == price.amount.currency
    ]
    versions = await catalog.get_prices(session, sorted({item.price_id for _state, item in found}))
    return price, [
        (state, item) for state, item in found
        if item.price_id in versions and versions[item.price_id].period == price.period
    ]  # fmt: skip


def _shown(
    state: State, item: Item, price: catalog.PriceView, amount: int, pricing: PricingContext, at: datetime
) -> PriceMove:
    current, new = (
        pricing.unit_amount_of(state.account_id, price, each) * item.quantity
        for each in (item.unit_amount, amount)
    )
    since = _since(state, at)
    return PriceMove(
        state.id, state.account_id, state.label, item.quantity, state.currency, current, new, since
    )


def _since(state: State, at: datetime) -> datetime:
    """The first boundary of periods that is not before `at`; for a paused one as if it went on now."""
    begins = state.trial_end if state.status == "trialing" else state.period_end
    if begins is None or begins >= at or state.anchor is None:
        return max(begins or at, at)
    schedule = state.schedule
    number = schedule.index_at(at)
    found = schedule.boundary(number)
    return found if found == at else schedule.boundary(number + 1)


def total(moves: Sequence[PriceMove]) -> tuple[int, int]:
    """What all of them pay a period now, and then."""
    return sum(each.current for each in moves), sum(each.new for each in moves)

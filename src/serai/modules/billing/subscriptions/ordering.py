"""Order a subscription: a trial, something free, something paid from the wallet, or an order to be paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session, as_platform
from serai.kit.errors import Denied
from serai.kit.i18n import _, pick
from serai.modules import catalog
from serai.modules.billing import ledger, policy
from serai.modules.billing.errors import PaymentRequired
from serai.modules.billing.invoices import issuing, settling
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.lines import InvoiceDraft
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.periods import Schedule
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.profiles.service import Billed
from serai.modules.billing.subscriptions import invoicing, queries, quoting, stock, store
from serai.modules.billing.subscriptions.charging import whole_period
from serai.modules.billing.subscriptions.history import new_event
from serai.modules.billing.subscriptions.planning import Choice, Chosen, Found, choose
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.renewal import begin
from serai.modules.billing.subscriptions.state import Discount, State


@dataclass(frozen=True, slots=True)
class Order:
    """`trial`: take the free time if there is one. `has_method`: a way to pay is saved. `found`: the product
    and package, where the caller has looked them up."""

    choice: Choice
    codes: tuple[str, ...] = ()
    trial: bool = True
    launch_id: str | None = None
    method_id: str | None = None
    has_method: bool = False
    label: str = ""
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """`to_pay`: the order's draft invoice while it waits for its payment, None when nothing is due."""

    state: State
    to_pay: Invoice | None

    @property
    def begins(self) -> bool:
        return self.to_pay is None


async def order(session: Session, actor: Actor, wanted: Order) -> Ordered:
    """All or nothing: stock, coupons, and what the wallet pays. One account's orders come one after the
    other until the transaction's end: of two at once, the second sees the first one's trial and coupons.

    Raises Denied, Invalid, SoldOut, CouponRefused, PaymentRequired (a trial that needs a way to pay).
    """
    if actor.account_id is None:
        raise Denied(_("A subscription belongs to an account; sign in to one first."))
    at = clock.now()
    by = await profiles.ensure(session, actor, actor.account_id)
    await queries.hold_account(session, actor.account_id)
    preferred = by.profile.currency or "USD"
    chosen = await choose(session, wanted.choice, at, currency=preferred, found=wanted.found)
    await _take_stock(session, chosen)
    free_until = await quoting.trial_until(session, actor, chosen, at) if wanted.trial else None
    _require_method(chosen, free_until, wanted)
    state = await _create(session, actor, by, chosen, wanted, at)
    pricing = await _what_is_needed(session, state, by, wanted, free_until, at)
    discounts = await _redeem(session, actor, state, chosen, wanted.codes, pricing)
    return await _start(session, actor, state, pricing, discounts, free_until, at)


async def _what_is_needed(
    session: Session, state: State, by: Billed, wanted: Order, free_until: datetime | None, at: datetime
) -> PricingContext:
    """Nothing, where nothing is charged now: a trial or something free begins without a look at prices."""
    nothing_due = free_until is not None or not any(item.unit_amount for item in state.plan.items)
    if nothing_due and not wanted.codes:
        return PricingContext(at, {}, {}, {}, (), {state.account_id: by})
    return await read_pricing(session, [state], at)


async def _start(
    session: Session, actor: Actor, state: State, pricing: PricingContext, discounts: Sequence[Discount],
    free_until: datetime | None, at: datetime,
) -> Ordered:  # fmt: skip
    added = [new_event("coupon_added", discount=each) for each in discounts]
    if free_until is not None:
        started = (*added, new_event("trial_started", until=free_until))
        after = await store.record_one(session, actor, state, at, *started)
        await invoicing.tell(session, actor, "activated", state, after)
        return Ordered(after, None)
    state = await store.record_one(session, actor, state, at, *added)
    span = (at, _first_end(state, at))
    draft = InvoiceDraft(
        f"order/{state.id}",
        state.account_id,
        state.currency,
        "order",
        whole_period(state, state.plan, span, pricing).lines,
    )
    if not sum(line.gross for line in draft.lines):
        done = await invoicing.apply(
            session, actor, [(state, begin(state, pricing, at, tells="activated"))], pricing, at
        )
        return Ordered(done[0].after, None)
    policy.SUBSCRIBE.require(actor, account_id=state.account_id)
    invoice = (await issuing.draft(session, [draft], at))[draft.key]
    state = await store.record_one(session, actor, state, at, new_event("ordered", invoice_id=invoice.id))
    if invoice.total == 0 or await _wallet_suffices(session, pricing, invoice):
        return Ordered(await activate(session, actor, state, at), None)
    return Ordered(state, invoice)


async def activate(
    session: Session, actor: Actor, state: State, at: datetime, *, from_wallet: bool = True
) -> State:
    """The order is paid for, or will be from the wallet at once: issue its invoice as it was agreed, and
    let the first period begin now."""
    assert state.order_invoice_id is not None
    invoice = await invoice_queries.locked(session, state.order_invoice_id)
    pricing = await read_pricing(session, [state], state.created_at)
    decision = begin(state, pricing, at, tells="activated")
    assert decision.billed is not None
    await invoice_queries.move_draft(session, invoice.id, decision.billed)
    after = await store.record_one(session, actor, state, at, *decision.events)
    await invoice_queries.add_periods(
        session,
        [{"subscription_id": state.id, "period_start": decision.billed[0], "period_end": decision.billed[1],
          "account_id": state.account_id, "invoice_id": invoice.id}],
    )  # fmt: skip
    await issuing.issue(session, [invoice], at)
    if from_wallet:
        await settling.pay_from_wallets(session, [invoice], at)
    await invoicing.tell(session, actor, "activated", state, after)
    return after


async def give_up(session: Session, actor: Actor, state: State, reason: str, at: datetime) -> State:
    """An order that is not paid, or an attempt that came to nothing: what it held is free again."""
    await stock.give_back_all(session, state)
    for each in await catalog.redemptions_of(session, SYSTEM, subscription_ids=[state.id]):
        await catalog.release_redemption(session, SYSTEM, each.id)
    if state.order_invoice_id:
        await invoice_queries.void_draft(session, state.order_invoice_id)
    return await store.record_one(session, actor, state, at, new_event("ended", reason=reason))


def _first_end(state: State, start: datetime) -> datetime:
    return Schedule(start, state.time_zone, state.plan.unit, state.plan.count).boundary(1)


async def _create(
    session: Session, actor: Actor, by: Billed, chosen: Chosen, wanted: Order, at: datetime
) -> State:
    facts = {
        "account_id": by.profile.account_id, "currency": chosen.currency,
        "time_zone": by.profile.time_zone, "legal_entity_id": by.seller.id, "plan": chosen.plan,
        "launch_id": wanted.launch_id, "method_id": wanted.method_id,
        "label": wanted.label or pick(chosen.package.name),
    }  # fmt: skip
    return await store.create(session, actor, ids.new("sub"), facts, at)


async def _redeem(
    session: Session, actor: Actor, state: State, chosen: Chosen, codes: Sequence[str], pricing: PricingContext
) -> list[Discount]:
    """In the order of the codes, so that two orders with the same ones never wait for each other."""
    discounts: list[Discount] = []
    for code in sorted({code.strip().upper() for code in codes if code.strip()}):
        purchase = await quoting.purchase_of(session, state, chosen.period, pricing, discounts)
        made = await catalog.redeem(session, actor, code, state.account_id, purchase, state.id)
        discounts.append(
            Discount(redemption_id=made.id, coupon_id=made.coupon_id, code=made.code, terms=made.terms)
        )
    return discounts


async def _take_stock(session: Session, chosen: Chosen) -> None:
    """Only what is scarce is locked: orders of one package need not wait for each other."""
    product = chosen.product
    views = {each.id: each for each in (*product.packages, *product.addons, *product.bundles, chosen.package)}
    scarce = [item for item in chosen.plan.items if views[item.package_id].stock is not None]
    if not scarce:
        return
    async with as_platform(session):
        for item in sorted(scarce, key=lambda each: each.package_id):
            await catalog.take_stock(session, item.package_id, item.quantity)


async def _wallet_suffices(session: Session, pricing: PricingContext, invoice: Invoice) -> bool:
    if not pricing.accounts[invoice.account_id].profile.use_wallet:
        return False
    place = LedgerAccountKey("wallet", invoice.account_id)
    return await ledger.queries.balance(session, place, invoice.currency) >= invoice.total


def _require_method(chosen: Chosen, free_until: datetime | None, wanted: Order) -> None:
    if free_until is not None and chosen.package.trial_requires_method and not wanted.has_method:
        raise PaymentRequired(
            _("This trial needs a way to pay: save a card first. Nothing is charged before it ends.")
        )

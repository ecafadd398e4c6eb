"""What something would cost, before anybody agrees to it: the same arithmetic, nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules import catalog
from serai.modules.billing import tax
from serai.modules.billing.invoices import crediting, issuing
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.periods import Schedule
from serai.modules.billing.profiles import sellers
from serai.modules.billing.profiles.service import Billed
from serai.modules.billing.subscriptions import queries
from serai.modules.billing.subscriptions.charging import whole_period
from serai.modules.billing.subscriptions.invoice_drafts import Decided, drafts_of, usage_bills
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.subscriptions.planning import Chosen
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.state import Discount, State


@dataclass(frozen=True, slots=True)
class Totals:
    """Minor units. `net` is after discounts; `rate` the tax in basis points, `reason` why it is that."""

    currency: str
    lines: tuple[LineDraft, ...]
    discount: int
    net: int
    tax: int
    total: int
    rate: int
    reason: str

    @property
    def due(self) -> Money:
        return Money(self.total, self.currency)


@dataclass(frozen=True, slots=True)
class Quote:
    """`now`: what is charged at once; `later`: what a whole period costs after discounts that end.
    `trial_until`: when the free time ends, if there is one; then nothing is due now."""

    now: Totals
    later: Totals
    trial_until: datetime | None
    starts: datetime
    renews: datetime


async def quote(
    session: Session,
    actor: Actor,
    by: Billed,
    chosen: Chosen,
    codes: Sequence[str],
    at: datetime,
    *,
    trial: bool = True,
) -> Quote:
    """For an account's checkout. Raises CouponRefused, which says why."""
    state = tentative(by, chosen, at)
    pricing = await read_pricing(session, [state], at)
    discounts = await checked_coupons(session, state, chosen, codes, pricing)
    free_until = await trial_until(session, actor, chosen, at) if trial else None
    starts = free_until or at
    renews = Schedule(starts, state.time_zone, chosen.plan.unit, chosen.plan.count).boundary(1)
    first = await _totals(session, state, discounts, (starts, renews), pricing, by, at)
    lasting = [each for each in discounts if each.terms.lasts(1)]
    later = await _totals(session, state, lasting, (starts, renews), pricing, by, at)
    return Quote(first, later, free_until, starts, renews)


def tentative(by: Billed, chosen: Chosen, at: datetime) -> State:
    """A subscription that does not exist, to reckon with."""
    return State(
        id="sub_quote", account_id=by.profile.account_id, version=0, status="incomplete",
        currency=chosen.currency, time_zone=by.profile.time_zone, legal_entity_id=by.seller.id,
        plan=chosen.plan, created_at=at,
    )  # fmt: skip


async def checked_coupons(
    session: Session, state: State, chosen: Chosen, codes: Sequence[str], pricing: PricingContext
) -> tuple[Discount, ...]:
    """What the codes would give, in their order, were they redeemed now."""
    discounts: list[Discount] = []
    for code in codes:
        purchase = await purchase_of(session, state, chosen.period, pricing, discounts)
        coupon = await catalog.check_coupon(session, code, state.account_id, purchase)
        discounts.append(
            Discount(redemption_id=coupon.id, coupon_id=coupon.id, code=coupon.code, terms=coupon.terms)
        )
    return tuple(discounts)


async def purchase_of(
    session: Session, state: State, period: str, pricing: PricingContext, discounts: Sequence[Discount]
) -> catalog.Purchase:
    gross = sum(
        pricing.unit_amount(state.account_id, state.currency, item) * item.quantity for item in state.plan.items
    )
    others = [
        row for row in await queries.of_account(session, state.account_id)
        if row.id != state.id and not _came_to_nothing(row)
    ]  # fmt: skip
    return catalog.Purchase(
        package_id=state.plan.base.package_id, period=period, amount=Money(gross, state.currency),
        first_purchase=not others, with_terms=tuple(each.terms for each in discounts),
    )  # fmt: skip


def _came_to_nothing(row: Subscription) -> bool:
    """An order that was never paid, or a system that could not be launched. Orders that still wait count:
    whoever has two of them has not bought for the first time twice."""
    began = row.state.get("anchor") or row.state.get("trial_end")
    return row.ended_at is not None and (not began or row.state.get("reason") == "launch_failed")


async def trial_until(session: Session, actor: Actor, chosen: Chosen, at: datetime) -> datetime | None:
    """The end of the free time, once for each account and product; None without any."""
    days = chosen.package.trial_days
    if not days or actor.account_id is None:
        return at + timedelta(days=days) if days else None
    for row in await queries.of_account(session, actor.account_id):
        was_used = row.state.get("trial_end") and row.state.get("reason") != "launch_failed"
        if row.product_id == chosen.product.id and was_used:
            return None
    return at + timedelta(days=days)


async def _totals(
    session: Session, state: State, discounts: Sequence[Discount], span: tuple[datetime, datetime],
    pricing: PricingContext, by: Billed, at: datetime,
) -> Totals:  # fmt: skip
    with_discounts = _with(state, discounts)
    lines = whole_period(with_discounts, state.plan, span, pricing).lines
    return await totals(session, lines, state.currency, by, at)


async def totals(
    session: Session, lines: Sequence[LineDraft], currency: str, by: Billed, at: datetime
) -> Totals:
    """Taxed as an invoice of that day would be."""
    draft = InvoiceDraft("preview", by.profile.account_id, currency, "preview", tuple(lines))
    return totals_of([draft], by, await sellers.tax_rates(session), at)


def totals_of(
    drafts: Sequence[InvoiceDraft], by: Billed, rates: Sequence[tax.Rate], at: datetime
) -> Totals:
    """What these invoices, of one currency, come to, less these credit notes."""
    rule = issuing.tax_of(by, rates, at)
    lines: list[LineDraft] = []
    net = vat = 0
    for draft in drafts:
        sign = -1 if draft.kind == "credit_note" else 1
        _rule, amounts = issuing.priced(draft, by, rates, at)
        net, vat = net + sign * amounts.net, vat + sign * amounts.tax
        lines += [replace(line, gross=sign * line.gross) for line in draft.lines]
    discount = sum(line.discount for line in lines)
    return Totals(
        drafts[0].currency, tuple(lines), discount, net, vat, net + vat, rule.rate_bps, rule.reason
    )


async def foresee(
    session: Session, decided: Decided, pricing: PricingContext
) -> list[tuple[Sequence[State], Totals]]:
    """What carrying these decisions out would bill, less what it would give back; by who shares an invoice."""
    bills, rates = await usage_bills(session, decided, pricing), await sellers.tax_rates(session)
    found: list[tuple[Sequence[State], Totals]] = []
    for each in await drafts_of(session, decided, bills, pricing, "preview"):
        drafts = [each.invoice] if each.invoice else []
        for note in each.credits:
            invoice = await session.get_one(Invoice, note.invoice_id)
            drafts.append(crediting.draft_of(invoice, note.lines, reason=note.reason, key=note.key))
        by = pricing.accounts[each.members[0].account_id]
        found.append((each.members, totals_of(drafts, by, rates, pricing.at)))
    return found


def _with(state: State, discounts: Sequence[Discount]) -> State:
    return msgspec.structs.replace(state, discounts=tuple(discounts))

"""The next invoices of subscriptions, by the functions that will make them. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules.billing import policy
from serai.modules.billing.subscriptions import quoting
from serai.modules.billing.subscriptions.pricing_context import PricingContext, read_pricing
from serai.modules.billing.subscriptions.quoting import Totals
from serai.modules.billing.subscriptions.renewal import goes_along, what_is_due
from serai.modules.billing.subscriptions.state import State


@dataclass(frozen=True, slots=True)
class UpcomingInvoice:
    """What the renewal at `at` bills, if nothing changes and no more is used until then. `used`: what use
    costs of it, before tax. `states`: more than one where an account gets one invoice a day."""

    states: Sequence[State]
    at: datetime
    totals: Totals
    used: Money | None


async def preview_renewal(
    session: Session, actor: Actor, states: Sequence[State], *, most: int = 12
) -> list[UpcomingInvoice]:
    """The next one first, `most` or a few more; subscriptions whose next moment bills nothing are not
    among them."""
    for account_id in {each.account_id for each in states}:
        policy.READ.require(actor, account_id=account_id)
    found: list[UpcomingInvoice] = []
    now = clock.now()
    waiting = sorted((each for each in states if each.due_at), key=lambda each: (each.due_at, each.id))
    while waiting and len(found) < most:
        at = max(now, waiting[0].due_at or now)
        pricing = await read_pricing(session, waiting, at)
        due = [each for each in waiting if _is_due(each, pricing)]
        waiting = [each for each in waiting if each not in due]
        found += await _renewal(session, due, pricing)
    return found


def _is_due(state: State, pricing: PricingContext) -> bool:
    return (state.due_at is not None and state.due_at <= pricing.at) or goes_along(state, pricing)


async def _renewal(session: Session, due: Sequence[State], pricing: PricingContext) -> list[UpcomingInvoice]:
    decided = [
        (state, decision) for state in due
        if (decision := what_is_due(state, pricing, max(pricing.at, state.due_at or pricing.at)))
    ]  # fmt: skip
    return [
        UpcomingInvoice(members, pricing.at, totals, _used(totals))
        for members, totals in await quoting.foresee(session, decided, pricing)
    ]


def _used(totals: Totals) -> Money | None:
    used = sum(line.amount for line in totals.lines if line.kind == "usage")
    return Money(used, totals.currency) if used else None

"""What comes next: each subscription's next invoice, tax included, by the arithmetic that will make it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing.invoices import issuing
from serai.modules.billing.invoices.lines import amounts_of
from serai.modules.billing.periods import Schedule
from serai.modules.billing.subscriptions import State
from serai.modules.billing.subscriptions.charging import whole_period
from serai.modules.billing.subscriptions.known import know
from serai.modules.billing.usage.watching import Accrued

_RENEWED = ("trialing", "active", "past_due")


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`total` with tax, without what use adds: `used` is what that costs by now, before tax."""

    state: State
    at: datetime
    total: Money
    used: Money | None


async def upcoming(
    session: Session, actor: Actor, account_id: str, states: Sequence[State], accrued: dict[str, Accrued]
) -> list[Upcoming]:
    """The next one first; what ends instead of going on is not among them."""
    coming = [each for each in states if _renews(each) is not None]
    if not coming:
        return []
    now = clock.now()
    by = await billing.profiles.ensure(session, actor, account_id)
    known = await know(session, coming, now)
    rule = issuing.tax_of(by, await billing.sellers.tax_rates(session), now)
    found = []
    for state in coming:
        start, plan = _renews(state) or now, state.pending or state.plan
        end = Schedule(start, state.time_zone, plan.unit, plan.count).boundary(1)
        lines = whole_period(state, plan, (start, end), known).lines
        amounts = amounts_of(lines, rule.rate_bps, inclusive=by.seller.tax_inclusive)
        used = accrued.get(state.id)
        cost = Money(used.amount, state.currency) if used and used.amount else None
        found.append(Upcoming(state, start, Money(amounts.net + amounts.tax, state.currency), cost))
    return sorted(found, key=lambda each: each.at)


def _renews(state: State) -> datetime | None:
    if state.status not in _RENEWED or state.cancel_at_end or state.pause_at_end:
        return None
    return state.trial_end if state.status == "trialing" else state.period_end

"""Turn decisions into history, invoices and money, for one subscription or for hundreds at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serai.kit import events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.invoices import crediting, issuing, queries, settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.subscriptions import store
from serai.modules.billing.subscriptions.invoice_drafts import Drafts, drafts_of, usage_bills
from serai.modules.billing.subscriptions.pricing_context import PricingContext
from serai.modules.billing.subscriptions.renewal import Decision
from serai.modules.billing.subscriptions.state import State
from serai.modules.billing.usage import queries as usage_queries


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one decision. `invoice`: where its lines are, if there were any."""

    before: State
    after: State
    invoice: Invoice | None


async def apply(
    session: Session,
    actor: Actor,
    decided: Sequence[tuple[State, Decision]],
    pricing: PricingContext,
    at: datetime,
    *,
    reason: str = "renewal",
) -> list[Carried]:
    """All or nothing, in the session's transaction. Raises ChangedMeanwhile."""
    bills = await usage_bills(session, decided, pricing)
    after = await store.record(session, actor, [(state, each.events) for state, each in decided], at)
    states = {state.id: state for state in after}
    invoices = await _issued(session, await drafts_of(session, decided, bills, pricing, reason), at)
    await queries.add_periods(session, _billed(decided, invoices))
    await usage_queries.keep_billed(session, [row for each in bills.values() for row in each.rows])
    carried = [
        Carried(state, states.get(state.id, state), invoices.get(state.id)) for state, _each in decided
    ]
    await _pay_from_wallets(session, carried, pricing, at)
    for (state, each), now in zip(decided, carried, strict=True):
        if each.tells:
            await tell(session, actor, each.tells, state, now.after)
    return carried


async def tell(session: Session, actor: Actor, what: str, before: State, after: State) -> None:
    """The other modules: `billing.subscription_<what>`."""
    await events.publish(
        session, actor, f"billing.subscription_{what}", after.id, after.account_id,
        before={"status": before.status}, after={"status": after.status, "reason": after.reason},
        launch_id=after.launch_id, status=after.status, package_id=after.plan.base.package_id,
        reason=after.reason,
    )  # fmt: skip


async def _issued(session: Session, drafts: Sequence[Drafts], at: datetime) -> dict[str, Invoice]:
    """The invoices, by subscription; credit notes first."""
    for each in drafts:
        for note in each.credits:
            await crediting.credit(
                session, note.invoice_id, note.lines, at, reason=note.reason, key=note.key
            )
    made = await issuing.draft(session, [each.invoice for each in drafts if each.invoice], at)
    await issuing.issue(session, list(made.values()), at)
    return {
        state.id: made[each.invoice.key] for each in drafts if each.invoice for state in each.members
    }


def _billed(decided: Sequence[tuple[State, Decision]], invoices: dict[str, Invoice]) -> list[dict[str, Any]]:
    return [
        {
            "subscription_id": state.id, "period_start": decision.billed[0], "period_end": decision.billed[1],
            "account_id": state.account_id,
            "invoice_id": invoices[state.id].id if state.id in invoices else None,
        }
        for state, decision in decided
        if decision.billed
    ]  # fmt: skip


async def _pay_from_wallets(session: Session, carried: Sequence[Carried], pricing: PricingContext, at: datetime) -> None:
    wanted = {
        each.invoice.id: each.invoice
        for each in carried
        if each.invoice is not None and _uses_wallet(pricing, each.before.account_id)
    }
    await settling.pay_from_wallets(session, list(wanted.values()), at)


def _uses_wallet(pricing: PricingContext, account_id: str) -> bool:
    return account_id not in pricing.accounts or pricing.accounts[account_id].profile.use_wallet

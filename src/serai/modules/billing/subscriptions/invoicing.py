"""Turn decisions into history, invoices and money, for one subscription or for hundreds at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from serai.kit import events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.invoices import crediting, issuing, queries, settling
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.periods import local_date
from serai.modules.billing.subscriptions import store
from serai.modules.billing.subscriptions.deciding import Decision
from serai.modules.billing.subscriptions.known import Known
from serai.modules.billing.subscriptions.state import State
from serai.modules.billing.usage import billing as usage
from serai.modules.billing.usage import queries as usage_queries


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one decision. `invoice`: where its lines are, if there were any."""

    before: State
    after: State
    invoice: Invoice | None


async def carry_out(
    session: Session,
    actor: Actor,
    decided: Sequence[tuple[State, Decision]],
    known: Known,
    at: datetime,
    *,
    reason: str = "renewal",
) -> list[Carried]:
    """All or nothing, in the session's transaction. Raises ChangedMeanwhile."""
    bills = await _usage_bills(session, decided, known, at)
    after = await store.record(session, actor, [(state, each.events) for state, each in decided], at)
    states = {state.id: state for state in after}
    lines = {
        state.id: (*each.lines, *(bills[state.id].lines if state.id in bills else ()))
        for state, each in decided
    }
    invoices = await _invoices(session, decided, lines, known, at, reason)
    await queries.add_periods(session, _billed(decided, invoices))
    await usage_queries.keep_billed(session, [row for each in bills.values() for row in each.rows])
    carried = [
        Carried(state, states.get(state.id, state), invoices.get(state.id)) for state, _each in decided
    ]
    await _pay_from_wallets(session, carried, known, at)
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


async def _usage_bills(
    session: Session, decided: Sequence[tuple[State, Decision]], known: Known, at: datetime
) -> dict[str, usage.Bill]:
    wanted = []
    for state, decision in decided:
        charges = known.charges_of(state.plan, state.currency) if decision.usage else []
        if decision.usage and charges:
            wanted.append(metered(state, decision.usage[0], decision.usage[1], known))
    return await usage.bill(session, wanted, at)


def metered(state: State, start: datetime, end: datetime, known: Known) -> usage.Metered:
    base = state.plan.base
    return usage.Metered(
        state.id, state.account_id, base.product_id, base.package_id, start, end,
        tuple(known.charges_of(state.plan, state.currency)),
        {meter.id: meter for meter in known.meters.get(base.product_id, ())},
    )  # fmt: skip


async def _invoices(
    session: Session,
    decided: Sequence[tuple[State, Decision]],
    lines: dict[str, tuple[LineDraft, ...]],
    known: Known,
    at: datetime,
    reason: str,
) -> dict[str, Invoice]:
    """By subscription. Those of one account that bills together and is due on one day share one."""
    groups: dict[str, list[State]] = {}
    for state, decision in decided:
        if lines[state.id]:
            groups.setdefault(_group(state, decision, known), []).append(state)
    drafts: list[InvoiceDraft] = []
    of_group: dict[str, Invoice | None] = {}
    for key, members in groups.items():
        whole = tuple(line for state in members for line in lines[state.id])
        if any(line.kind == "credit" for line in whole):
            whole = await _no_more_than_was_paid(session, members[0], whole)
        if not whole:
            continue
        if sum(line.amount for line in whole) < 0:
            of_group[key] = await _give_back(session, members[0], whole, known, at, reason)
        else:
            drafts.append(InvoiceDraft(key, members[0].account_id, members[0].currency, reason, whole))
    made = await issuing.draft(session, drafts, at)
    await issuing.issue(session, list(made.values()), at)
    of_group |= made
    return {
        state.id: invoice
        for key, members in groups.items()
        for state in members
        if (invoice := of_group.get(key)) is not None
    }


def _group(state: State, decision: Decision, known: Known) -> str:
    moment = decision.billed[0] if decision.billed else state.period_end or state.created_at
    account = known.accounts.get(state.account_id)
    if account and account.profile.consolidate and decision.billed and state.period_start:
        day = local_date(moment, account.profile.time_zone)
        # The versions tell a later run of the same day, with other subscriptions, from this one.
        return f"day/{state.account_id}/{state.currency}/{day.isoformat()}/{known.at.isoformat()}"
    return f"{state.id}/{state.version}"


async def _no_more_than_was_paid(
    session: Session, state: State, lines: Sequence[LineDraft]
) -> tuple[LineDraft, ...]:
    """Unused time, cut to what its invoices still have to give: what staff credited is gone. Corrections of
    usage stay whole."""
    unused = [line for line in lines if line.kind == "credit"]
    granted: dict[str | None, int] = {}
    for parts in (await crediting.as_they_were_charged(session, state.id, unused)).values():
        for part in parts:
            granted[part.item_id] = granted.get(part.item_id, 0) + part.gross
    cut = (
        replace(line, gross=-granted.get(line.item_id, 0), unit_amount=None) if line.kind == "credit" else line
        for line in lines
    )
    return tuple(line for line in cut if line.gross)


async def _give_back(
    session: Session, state: State, lines: Sequence[LineDraft], known: Known, at: datetime, reason: str
) -> Invoice | None:
    """More is given back than charged: credit notes for the one, an invoice for the other."""
    unused = [line for line in lines if line.amount < 0]
    charged = tuple(line for line in lines if line.amount > 0)
    for invoice_id, turned in (await crediting.as_they_were_charged(session, state.id, unused)).items():
        key = f"{state.id}/{state.version}/credit/{invoice_id}"
        await crediting.credit(session, invoice_id, turned, at, reason=reason, key=key)
    if not charged:
        return None
    key = f"{state.id}/{state.version}"
    made = await issuing.draft(
        session, [InvoiceDraft(key, state.account_id, state.currency, reason, charged)], at
    )
    await issuing.issue(session, list(made.values()), at)
    return made[key]


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


async def _pay_from_wallets(session: Session, carried: Sequence[Carried], known: Known, at: datetime) -> None:
    wanted = {
        each.invoice.id: each.invoice
        for each in carried
        if each.invoice is not None and _uses_wallet(known, each.before.account_id)
    }
    await settling.pay_from_wallets(session, list(wanted.values()), at)


def _uses_wallet(known: Known, account_id: str) -> bool:
    return account_id not in known.accounts or known.accounts[account_id].profile.use_wallet

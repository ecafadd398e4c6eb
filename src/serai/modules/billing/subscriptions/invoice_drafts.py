"""What decisions come to: invoices and credit notes, before they exist. Reads only.

Whoever acts carries these out; whoever previews taxes them and adds them up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from serai.kit.db import Session
from serai.modules.billing.invoices import crediting
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.periods import local_date
from serai.modules.billing.subscriptions.pricing_context import PricingContext
from serai.modules.billing.subscriptions.renewal import Decision
from serai.modules.billing.subscriptions.state import State
from serai.modules.billing.usage import billing as usage

Decided = Sequence[tuple[State, Decision]]


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """`lines`: what of the invoice is given back, above zero. `key` makes the credit note exist once."""

    invoice_id: str
    lines: Sequence[LineDraft]
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """Of subscriptions that are billed together, nearly always of one."""

    members: Sequence[State]
    invoice: InvoiceDraft | None
    credits: Sequence[CreditDraft] = ()


async def usage_bills(session: Session, decided: Decided, pricing: PricingContext) -> dict[str, usage.Bill]:
    """By subscription."""
    wanted = [
        metered(state, *decision.usage, pricing)
        for state, decision in decided
        if decision.usage and pricing.charges_of(state.plan, state.currency)
    ]
    return await usage.bill(session, wanted, pricing.at)


def metered(state: State, start: datetime, end: datetime, pricing: PricingContext) -> usage.Metered:
    base = state.plan.base
    return usage.Metered(
        state.id, state.account_id, base.product_id, base.package_id, start, end,
        tuple(pricing.charges_of(state.plan, state.currency)),
        {meter.id: meter for meter in pricing.meters.get(base.product_id, ())},
    )  # fmt: skip


async def drafts_of(
    session: Session, decided: Decided, bills: Mapping[str, usage.Bill], pricing: PricingContext, reason: str
) -> list[Drafts]:
    """Those of one account that bills together and is due on one day share one invoice."""
    groups: dict[str, list[tuple[State, Decision]]] = {}
    for state, decision in decided:
        if _lines(state, decision, bills):
            groups.setdefault(_group(state, decision, pricing), []).append((state, decision))
    made = []
    for key, members in groups.items():
        lines = tuple(line for state, decision in members for line in _lines(state, decision, bills))
        states = [state for state, _decision in members]
        if any(line.kind == "credit" for line in lines):
            lines = await _no_more_than_was_paid(session, states[0], lines)
        if lines:
            made.append(await _drafts(session, key, states, lines, reason))
    return made


def _lines(state: State, decision: Decision, bills: Mapping[str, usage.Bill]) -> Iterable[LineDraft]:
    return (*decision.lines, *(bills[state.id].lines if state.id in bills else ()))


async def _drafts(
    session: Session, key: str, members: Sequence[State], lines: tuple[LineDraft, ...], reason: str
) -> Drafts:
    """Where more is given back than charged: credit notes for the one, an invoice for the other."""
    first = members[0]
    if sum(line.amount for line in lines) >= 0:
        return Drafts(members, InvoiceDraft(key, first.account_id, first.currency, reason, lines))
    back = [line for line in lines if line.amount < 0]
    charged = tuple(line for line in lines if line.amount > 0)
    turned = await crediting.as_they_were_charged(session, first.id, back)
    credits_ = [
        CreditDraft(invoice_id, each, reason, f"{first.id}/{first.version}/credit/{invoice_id}")
        for invoice_id, each in turned.items()
    ]
    invoice = InvoiceDraft(key, first.account_id, first.currency, reason, charged) if charged else None
    return Drafts(members, invoice, credits_)


def _group(state: State, decision: Decision, pricing: PricingContext) -> str:
    moment = decision.billed[0] if decision.billed else state.period_end or state.created_at
    account = pricing.accounts.get(state.account_id)
    if account and account.profile.consolidate and decision.billed and state.period_start:
        day = local_date(moment, account.profile.time_zone)
        # The versions tell a later run of the same day, with other subscriptions, from this one.
        return f"day/{state.account_id}/{state.currency}/{day.isoformat()}/{pricing.at.isoformat()}"
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

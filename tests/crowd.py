"""Many customers at once, each with a running subscription, written straight into the tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import insert, text

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import issuing
from serai.modules.billing.invoices import queries as invoices
from serai.modules.billing.invoices.lines import InvoiceDraft
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.periods import Schedule
from serai.modules.billing.profiles.models import BillingProfile
from serai.modules.billing.subscriptions import Choice, Plan, State, choose, store
from serai.modules.billing.subscriptions.charging import Charged, whole_period
from serai.modules.billing.subscriptions.history import NewEvent, new_event
from serai.modules.billing.subscriptions.pricing_context import read_pricing

_AT_ONCE = 2_000


async def gather(
    database: Database, count: int, product: str, package: str, *, spread: Sequence[timedelta] = (timedelta(),),
    wallet: int = 0, time_zone: str = "UTC",
) -> list[str]:  # fmt: skip
    """Ids of `count` accounts, each with one monthly subscription paid for a month from now plus one of
    `spread` on, and so much in its wallet."""
    accounts: list[str] = []
    for first in range(0, count, _AT_ONCE):
        async with database.transaction() as session:
            accounts += await _some(
                session, range(first, min(count, first + _AT_ONCE)), Choice(product, package, "monthly", "USD"),
                spread, wallet, time_zone,
            )  # fmt: skip
    async with database.transaction() as session:
        await session.execute(text("ANALYZE"))
    return accounts


async def _some(
    session: Session, numbers: range, choice: Choice, spread: Sequence[timedelta], wallet: int, time_zone: str
) -> list[str]:
    at = clock.now()
    chosen = await choose(session, choice, at)
    seller = (await session.execute(text("SELECT id FROM legal_entities WHERE is_default"))).scalar_one()
    accounts = [ids.new("acc") for _ in numbers]
    await session.execute(
        text(
            "INSERT INTO accounts (id, name, created_at, deactivated_by_staff, second_step_required) VALUES (:id, :name, :at, false, false)"
        ),
        [{"id": each, "name": f"Customer {n}", "at": at} for n, each in zip(numbers, accounts, strict=True)],
    )
    await session.execute(
        insert(BillingProfile),
        [{"account_id": each, "name": each, "address": {}, "country": "", "is_business": False,
          "tax_exempt": False, "language": "en", "time_zone": time_zone, "consolidate": False,
          "use_wallet": True, "terms_days": 0, "updated_at": at} for each in accounts],
    )  # fmt: skip
    facts = [
        (ids.new("sub"), {"account_id": each, "currency": "USD", "time_zone": time_zone, "label": "",
                          "legal_entity_id": seller, "plan": _own(chosen.plan)})
        for each in accounts
    ]  # fmt: skip
    states = await store.create_many(session, SYSTEM, facts, at)
    begun = [
        (state, [_activated(state, at + spread[n % len(spread)])])
        for n, state in zip(numbers, states, strict=True)
    ]
    await invoices.add_periods(
        session, [_period(each) for each in await store.record(session, SYSTEM, begun, at)]
    )
    if wallet:
        money = Money(wallet, "USD")
        await ledger.post(session, *(
            ledger.between(LedgerAccountKey("bank"), LedgerAccountKey("wallet", each), money, key=f"fill/{each}", kind="top_up",
                           account_id=each)
            for each in accounts
        ))  # fmt: skip
    return accounts


def _activated(state: State, start: datetime) -> NewEvent:
    amounts = {item.id: item.unit_amount * item.quantity for item in state.plan.items}
    end = Schedule(start, state.time_zone, state.plan.unit, state.plan.count).boundary(1)
    return new_event("activated", start=start, end=end, **Charged((), amounts).as_data())


def _own(plan: Plan) -> Plan:
    """The same with items of its own."""
    items = tuple(msgspec.structs.replace(item, id=ids.new("item")) for item in plan.items)
    return msgspec.structs.replace(plan, items=items)


def _period(state: State) -> dict[str, object]:
    return {"subscription_id": state.id, "period_start": state.period_start, "period_end": state.period_end,
            "account_id": state.account_id, "invoice_id": None}  # fmt: skip


async def order(
    session: Session, accounts: Sequence[str], product: str, package: str
) -> list[tuple[str, str, str]]:
    """(subscription, account, draft invoice) of orders that wait to be paid, one for each account."""
    at = clock.now()
    chosen = await choose(session, Choice(product, package, "monthly", "USD"), at)
    seller = (await session.execute(text("SELECT id FROM legal_entities WHERE is_default"))).scalar_one()
    facts = [
        (ids.new("sub"), {"account_id": each, "currency": "USD", "time_zone": "UTC", "label": "",
                          "legal_entity_id": seller, "plan": _own(chosen.plan)})
        for each in accounts
    ]  # fmt: skip
    states = await store.create_many(session, SYSTEM, facts, at)
    known = await read_pricing(session, states, at)
    span = (at, Schedule(at, "UTC", chosen.plan.unit, chosen.plan.count).boundary(1))
    drafts = [
        InvoiceDraft(f"order/{each.id}", each.account_id, "USD", "order",
                     whole_period(each, each.plan, span, known).lines)
        for each in states
    ]  # fmt: skip
    made = await issuing.draft(session, drafts, at)
    ordered = [(each, [new_event("ordered", invoice_id=made[f"order/{each.id}"].id)]) for each in states]
    await store.record(session, SYSTEM, ordered, at)
    return [(each.id, each.account_id, made[f"order/{each.id}"].id) for each in states]

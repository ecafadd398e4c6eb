"""The ledger's SQL for reading."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select, text

from serai.kit.db import Session
from serai.modules.billing.ledger.models import LedgerAccount, LedgerEntry, LedgerTransfer
from serai.modules.billing.ledger.posting import LedgerAccountKey


async def balance(session: Session, place: LedgerAccountKey, currency: str) -> int:
    """In minor units on the account's natural side; 0 for one nobody has moved yet."""
    return (await balances(session, [place], currency)).get(place, 0)


async def balances(session: Session, places: Sequence[LedgerAccountKey], currency: str) -> dict[LedgerAccountKey, int]:
    found = select(LedgerAccount).where(
        LedgerAccount.kind.in_([p.kind for p in places]),
        LedgerAccount.account_id.in_([p.account_id for p in places]),
        LedgerAccount.currency == currency,
    )
    rows = (await session.execute(found)).scalars().all()
    wanted = {(p.kind, p.account_id, p.party): p for p in places}
    return {
        wanted[key]: row.balance if row.balance is not None else await _summed(session, row)
        for row in rows
        if (key := (row.kind, row.account_id, row.party)) in wanted
    }


async def of_customer(session: Session, account_id: str, kind: str) -> Sequence[LedgerAccount]:
    """All currencies of one kind of account of a customer."""
    query = select(LedgerAccount).where(LedgerAccount.kind == kind, LedgerAccount.account_id == account_id)
    return (await session.execute(query.order_by(LedgerAccount.currency))).scalars().all()


async def movements(
    session: Session, place: LedgerAccountKey, currency: str, *, before: int | None = None, limit: int = 50
) -> Sequence[Row[Any]]:
    """(transfer, amount on the natural side) of one account, newest first."""
    natural = case((LedgerAccount.debit_normal, LedgerEntry.amount), else_=-LedgerEntry.amount)
    query = (
        select(LedgerTransfer, natural)
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.ledger_account_id)
        .where(
            LedgerAccount.kind == place.kind, LedgerAccount.account_id == place.account_id,
            LedgerAccount.party == place.party, LedgerAccount.currency == currency,
        )
        .order_by(LedgerTransfer.id.desc())
        .limit(limit)
    )  # fmt: skip
    query = query.where(LedgerTransfer.id < before) if before else query
    return (await session.execute(query)).all()


async def in_order(session: Session, place: LedgerAccountKey, currency: str) -> Sequence[Row[Any]]:
    """All of one account's (transfer, amount on the natural side), by when they took effect."""
    natural = case((LedgerAccount.debit_normal, LedgerEntry.amount), else_=-LedgerEntry.amount)
    query = (
        select(LedgerTransfer, natural)
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.ledger_account_id)
        .where(
            LedgerAccount.kind == place.kind, LedgerAccount.account_id == place.account_id,
            LedgerAccount.party == place.party, LedgerAccount.currency == currency,
        )
        .order_by(LedgerTransfer.at, LedgerTransfer.id)
    )  # fmt: skip
    return (await session.execute(query)).all()


async def by_key(session: Session, key: str) -> LedgerTransfer | None:
    query = select(LedgerTransfer).where(LedgerTransfer.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def amount_of(session: Session, transfer_id: int) -> int:
    """What was moved: the sum of a transfer's debits."""
    query = select(func.sum(LedgerEntry.amount)).where(
        LedgerEntry.transfer_id == transfer_id, LedgerEntry.amount > 0
    )
    return int((await session.execute(query)).scalar_one())


async def totals(
    session: Session, *, since: datetime | None = None, until: datetime | None = None
) -> Sequence[Row[Any]]:
    """(kind, party, currency, debit_normal, debits, credits, accounts) of all that was posted."""
    query = (
        select(
            LedgerAccount.kind, LedgerAccount.party, LedgerAccount.currency, LedgerAccount.debit_normal,
            func.coalesce(func.sum(LedgerEntry.amount).filter(LedgerEntry.amount > 0), 0).label("debits"),
            func.coalesce(-func.sum(LedgerEntry.amount).filter(LedgerEntry.amount < 0), 0).label("credits"),
            func.count(LedgerAccount.id.distinct()).label("accounts"),
        )
        .join(LedgerEntry, LedgerEntry.ledger_account_id == LedgerAccount.id)
        .join(LedgerTransfer, LedgerTransfer.id == LedgerEntry.transfer_id)
        .group_by(LedgerAccount.kind, LedgerAccount.party, LedgerAccount.currency, LedgerAccount.debit_normal)
        .order_by(LedgerAccount.currency, LedgerAccount.kind, LedgerAccount.party)
    )  # fmt: skip
    query = query.where(LedgerTransfer.at >= since) if since else query
    query = query.where(LedgerTransfer.at < until) if until else query
    return (await session.execute(query)).all()


async def set_minimum_balance(session: Session, account_id: str, currency: str, minimum_balance: int) -> None:
    await session.execute(_SET_MINIMUM_BALANCE, {"owner": account_id, "currency": currency, "minimum_balance": minimum_balance})


async def _summed(session: Session, row: LedgerAccount) -> int:
    query = select(func.coalesce(func.sum(LedgerEntry.amount), 0))
    total = int((await session.execute(query.where(LedgerEntry.ledger_account_id == row.id))).scalar_one())
    return total if row.debit_normal else -total


_SET_MINIMUM_BALANCE = text("SELECT ledger_set_minimum_balance(:owner, :currency, CAST(:minimum_balance AS bigint))")

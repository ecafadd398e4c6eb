"""The trial balance, and what each of its lines is made of: transfers and their entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import NotFound
from serai.kit.i18n import _
from serai.modules.billing import ledger, policy


@dataclass(frozen=True, slots=True)
class Line:
    """Of the trial balance. Minor units; `balance` on the side where the kind's accounts grow."""

    kind: str
    party: str
    currency: str
    debits: int
    credits: int
    balance: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Booked:
    """A transfer, as one line of the trial balance sees it."""

    id: int
    kind: str
    at: datetime
    subject: str
    account_id: str
    account: str
    key: str
    memo: dict[str, Any]
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount`: debits above zero, credits below."""

    line: int
    kind: str
    party: str
    account_id: str
    account: str
    amount: int


async def trial_balance(session: Session, actor: Actor) -> list[Line]:
    """By currency, kind and party."""
    policy.READ.require(actor)
    found = []
    for row in await ledger.queries.totals(session):
        debits, credits_ = int(row.debits), int(row.credits)
        balance = debits - credits_ if row.debit_normal else credits_ - debits
        found.append(Line(row.kind, row.party, row.currency, debits, credits_, balance, row.accounts))
    return found


async def verify(session: Session, actor: Actor) -> ledger.Verification:
    """Reads the whole ledger."""
    policy.READ.require(actor)
    return await ledger.verify(session)


async def transfers(
    session: Session,
    actor: Actor,
    kind: str,
    currency: str,
    *,
    party: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Booked]:
    """Newest first."""
    policy.READ.require(actor)
    parameters = {"kind": kind, "party": party, "currency": currency, "before": before, "limit": limit}
    return [Booked(**row) for row in (await session.execute(_TRANSFERS, parameters)).mappings()]


async def entries(
    session: Session, actor: Actor, transfer_id: int
) -> tuple[ledger.LedgerTransfer, list[Entry]]:
    """Raises NotFound."""
    policy.READ.require(actor)
    transfer = await session.get(ledger.LedgerTransfer, transfer_id)
    if transfer is None:
        raise NotFound(_("There is no such transfer in the books."))
    rows = await session.execute(_ENTRIES, {"id": transfer_id})
    return transfer, [Entry(**row) for row in rows.mappings()]


_TRANSFERS = text(
    """
    SELECT t.id, t.kind, t.at, t.subject, t.account_id, coalesce(c.name, t.account_id) AS account, t.key,
           t.memo, sum(CASE WHEN a.debit_normal THEN e.amount ELSE -e.amount END)::bigint AS amount
    FROM ledger_accounts a
    JOIN ledger_entries e ON e.ledger_account_id = a.id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN accounts c ON c.id = t.account_id
    WHERE a.kind = :kind AND a.party = :party AND a.currency = :currency
      AND (CAST(:before AS bigint) IS NULL OR t.id < :before)
    GROUP BY t.id, c.name ORDER BY t.id DESC LIMIT :limit
    """
)
_ENTRIES = text(
    """
    SELECT e.line, a.kind, a.party, a.account_id, coalesce(c.name, a.account_id) AS account, e.amount
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.ledger_account_id
    LEFT JOIN accounts c ON c.id = a.account_id
    WHERE e.transfer_id = :id ORDER BY e.line
    """
)

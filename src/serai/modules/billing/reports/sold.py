"""The invoice lines that a product's revenue of a month is made of."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy


@dataclass(frozen=True, slots=True)
class Sold:
    """`amount` net, in minor units, below zero on a credit note; `earned`: how much of it by now."""

    invoice_id: str
    number: str
    kind: str
    account_id: str
    account: str
    issued_at: datetime
    text: dict[str, Any]
    quantity: Decimal
    amount: int
    earned: int
    currency: str
    period_start: datetime | None
    period_end: datetime | None


async def sold(
    session: Session, actor: Actor, month: date, currency: str, product_id: str, limit: int = 500
) -> list[Sold]:
    """Issued in the month, oldest first."""
    policy.READ.require(actor)
    parameters = {
        "month": month.replace(day=1), "currency": currency, "product": product_id, "limit": limit,
    }  # fmt: skip
    return [Sold(**row) for row in (await session.execute(_SOLD, parameters)).mappings()]


_SOLD = text(
    """
    SELECT i.id AS invoice_id, i.number, i.kind, i.account_id, coalesce(a.name, i.account_id) AS account,
           i.issued_at, l.text, l.quantity, i.currency, l.period_start, l.period_end,
           CASE i.kind WHEN 'credit_note' THEN -l.amount ELSE l.amount END AS amount,
           CASE i.kind WHEN 'credit_note' THEN -l.recognised ELSE l.recognised END AS earned
    FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id LEFT JOIN accounts a ON a.id = i.account_id
    WHERE i.number IS NOT NULL AND i.currency = :currency AND l.product_id = :product
      AND i.issued_at >= CAST(:month AS date) AND i.issued_at < CAST(:month AS date) + interval '1 month'
    ORDER BY i.issued_at, i.id, l.position LIMIT :limit
    """
)

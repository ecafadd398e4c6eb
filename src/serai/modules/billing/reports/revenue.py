"""Revenue that was earned, by month and product, as the books have it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy


@dataclass(frozen=True, slots=True)
class Earned:
    """Minor units. `invoiced`: issued in the month, net, credit notes taken off; `earned`: what of it and
    of earlier invoices is earned by the calendar."""

    month: date
    currency: str
    product_id: str
    earned: int
    invoiced: int


async def earned(session: Session, actor: Actor, since: date, until: date) -> list[Earned]:
    """Oldest month first, then the product that earned most."""
    policy.READ.require(actor)
    rows = await session.execute(_EARNED, {"since": since.replace(day=1), "until": until})
    return [Earned(**row) for row in rows.mappings()]


_EARNED = text(
    """
    SELECT date_trunc('month', t.at)::date AS month, t.currency, a.party AS product_id,
           coalesce(-sum(e.amount) FILTER (WHERE a.kind = 'revenue'), 0)::bigint AS earned,
           coalesce(-sum(e.amount) FILTER (WHERE t.kind IN ('invoice', 'credit_note')), 0)::bigint AS invoiced
    FROM ledger_entries e
    JOIN ledger_accounts a ON a.id = e.ledger_account_id AND a.kind IN ('revenue', 'deferred_revenue')
    JOIN ledger_transfers t ON t.id = e.transfer_id
    WHERE t.at >= CAST(:since AS date) AND t.at < CAST(:until AS date) + interval '1 day'
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC
    """
)

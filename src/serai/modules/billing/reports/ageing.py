"""Receivables by how long they have been due."""

from dataclasses import dataclass

from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy

BUCKETS = ("not_due", "days_30", "days_60", "days_90", "older")


@dataclass(frozen=True, slots=True)
class Aged:
    """What one account owes in one currency, in minor units, by days since it was due."""

    account_id: str
    account: str
    currency: str
    not_due: int
    days_30: int
    days_60: int
    days_90: int
    older: int
    total: int


async def ageing(session: Session, actor: Actor) -> list[Aged]:
    """Who owes most first."""
    policy.READ.require(actor)
    return [Aged(**row) for row in (await session.execute(_AGEING, {"now": clock.now()})).mappings()]


_AGEING = text(
    """
    WITH owed AS (
        SELECT i.account_id, i.currency, i.total - i.credited - i.paid + i.returned AS due,
               EXTRACT(epoch FROM CAST(:now AS timestamptz) - i.due_at) / 86400 AS days
        FROM invoices i WHERE i.state = 'open' AND i.kind = 'invoice'
    )
    SELECT o.account_id, coalesce(a.name, o.account_id) AS account, o.currency,
           coalesce(sum(due) FILTER (WHERE days <= 0), 0)::bigint AS not_due,
           coalesce(sum(due) FILTER (WHERE days > 0 AND days <= 30), 0)::bigint AS days_30,
           coalesce(sum(due) FILTER (WHERE days > 30 AND days <= 60), 0)::bigint AS days_60,
           coalesce(sum(due) FILTER (WHERE days > 60 AND days <= 90), 0)::bigint AS days_90,
           coalesce(sum(due) FILTER (WHERE days > 90), 0)::bigint AS older,
           sum(due)::bigint AS total
    FROM owed o LEFT JOIN accounts a ON a.id = o.account_id
    GROUP BY 1, 2, 3 ORDER BY sum(due) DESC, 1
    """
)

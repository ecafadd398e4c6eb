"""Usage's SQL."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from serai.kit.db import Session
from serai.modules.billing.usage.models import UsageLimit, UsagePeriod

Window = tuple[str, str, datetime, datetime]


async def quantities(session: Session, windows: Sequence[Window]) -> dict[Window, dict[str, Decimal]]:
    """(subscription, meter, from, until) → {sum, max, last, unique, average}; in one query."""
    if not windows:
        return {}
    columns: dict[str, list[Any]] = {
        "subscriptions": [w[0] for w in windows], "meters": [w[1] for w in windows],
        "starts": [w[2] for w in windows], "ends": [w[3] for w in windows],
    }  # fmt: skip
    rows = (await session.execute(_QUANTITIES, columns)).mappings().all()
    zero = Decimal(0)
    return {
        windows[row["n"] - 1]: {
            "sum": row["total"] or zero, "max": row["highest"] or zero, "last": row["latest"] or zero,
            "unique": Decimal(row["different"] or 0), "average": row["mean"] or zero,
        }
        for row in rows
    }  # fmt: skip


async def closed_since(
    session: Session, subscription_ids: Sequence[str], since: datetime
) -> Sequence[UsagePeriod]:
    """Periods that were billed and may still get late events."""
    query = select(UsagePeriod).where(
        UsagePeriod.subscription_id.in_(subscription_ids), UsagePeriod.period_end > since
    )
    return (await session.execute(query.order_by(UsagePeriod.period_start))).scalars().all()


async def limits(session: Session, subscription_ids: Sequence[str]) -> Sequence[UsageLimit]:
    query = select(UsageLimit).where(UsageLimit.subscription_id.in_(subscription_ids))
    return (await session.execute(query.order_by(UsageLimit.amount))).scalars().all()


async def keep_billed(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """What was billed of each period, put over what was before."""
    if not rows:
        return
    statement = insert(UsagePeriod)
    changes = {name: statement.excluded[name] for name in ("quantity", "amount", "billed_at")}
    key = ["subscription_id", "charge_id", "period_start"]
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes), list(rows))


_QUANTITIES = text(
    """
    SELECT w.n, sum(u.quantity) AS total, max(u.quantity) AS highest, avg(u.quantity) AS mean,
           count(DISTINCT u.distinct_of) AS different,
           (array_agg(u.quantity ORDER BY u.at DESC, u.received_at DESC))[1] AS latest
    FROM unnest(CAST(:subscriptions AS text[]), CAST(:meters AS text[]), CAST(:starts AS timestamptz[]),
                CAST(:ends AS timestamptz[])) WITH ORDINALITY AS w(subscription_id, meter_id, since, until, n)
    LEFT JOIN usage_events u ON u.subscription_id = w.subscription_id AND u.meter_id = w.meter_id
         AND u.at >= w.since AND u.at < w.until AND NOT u.voided
    GROUP BY w.n
    """
)

"""Who stays: accounts by the month they first paid in, and how many of them still pay months later."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy


@dataclass(frozen=True, slots=True)
class Cohort:
    """`kept[n]`: how many of `size` accounts bring something at the end of the n-th month after `month`."""

    month: date
    size: int
    kept: tuple[int, ...]

    def share(self, number: int) -> float:
        return self.kept[number] / self.size if self.size else 0.0


async def cohorts(session: Session, actor: Actor, since: date, until: date) -> list[Cohort]:
    """Oldest first."""
    policy.READ.require(actor)
    rows = (await session.execute(_COHORTS, {"since": since.replace(day=1), "until": until})).all()
    found: dict[date, list[tuple[int, int]]] = {}
    for month, size, kept in rows:
        found.setdefault(month, []).append((size, kept))
    return [
        Cohort(month, cells[0][0], tuple(kept for _size, kept in cells)) for month, cells in found.items()
    ]


_COHORTS = text(
    """
    WITH months AS (
        SELECT generate_series(CAST(:since AS date), CAST(:until AS date), interval '1 month')::date AS month
    ), first_paid AS (
        SELECT account_id, date_trunc('month', min(at))::date AS cohort
        FROM subscription_events WHERE monthly > 0 GROUP BY 1
    ), at_end AS (
        SELECT m.month, l.account_id
        FROM months m CROSS JOIN LATERAL (
            SELECT DISTINCT ON (subscription_id) subscription_id, account_id, monthly
            FROM subscription_events WHERE at < m.month + interval '1 month'
            ORDER BY subscription_id, version DESC
        ) l WHERE l.monthly > 0 GROUP BY 1, 2
    )
    SELECT f.cohort, count(DISTINCT f.account_id)::int AS size, count(DISTINCT e.account_id)::int AS kept
    FROM first_paid f JOIN months m ON m.month >= f.cohort
    LEFT JOIN at_end e ON e.month = m.month AND e.account_id = f.account_id
    WHERE f.cohort >= CAST(:since AS date)
    GROUP BY f.cohort, m.month ORDER BY f.cohort, m.month
    """
)

"""Monthly recurring revenue, and what moved it: each event of a subscription says what it brings a month
after it, so that a month's change is the sum of the steps between events, to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True, slots=True)
class Month:
    """Minor units of `currency`. `mrr` at the month's end = before + new + expansion + reactivation −
    contraction − churn. `active`: subscriptions that bring something at its end."""

    month: date
    currency: str
    new: int
    expansion: int
    contraction: int
    churn: int
    reactivation: int
    mrr: int
    active: int

    @property
    def arr(self) -> int:
        return self.mrr * 12


@dataclass(frozen=True, slots=True)
class Movement:
    """One step of one subscription; `amount` with its sign."""

    at: datetime
    kind: str
    amount: int
    currency: str
    subscription_id: str
    account_id: str
    account: str
    product_id: str


async def recurring(session: Session, actor: Actor, since: date, until: date) -> list[Month]:
    """One row for each month and currency, oldest first; `until` lies in the last month."""
    policy.READ.require(actor)
    rows = (await session.execute(_MONTHS, {"since": since.replace(day=1), "until": until})).mappings().all()
    return [Month(**row) for row in rows]


async def movements_of(
    session: Session, actor: Actor, month: date, currency: str, kind: str | None = None, limit: int = 500
) -> Sequence[Movement]:
    """What a figure is made of."""
    policy.READ.require(actor)
    parameters = {"month": month.replace(day=1), "currency": currency, "kind": kind, "limit": limit}
    return [Movement(**row) for row in (await session.execute(_MOVEMENTS, parameters)).mappings()]


_STEPS = """
    steps AS (
        SELECT e.at, s.currency, e.subscription_id, e.account_id, s.product_id, e.monthly,
               e.monthly - lag(e.monthly, 1, 0::bigint) OVER w AS step,
               coalesce(max(e.monthly) OVER (PARTITION BY e.subscription_id ORDER BY e.version
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS highest,
               lag(e.monthly, 1, 0::bigint) OVER w AS before
        FROM subscription_events e JOIN subscriptions s ON s.id = e.subscription_id
        WINDOW w AS (PARTITION BY e.subscription_id ORDER BY e.version)
    ), moves AS (
        SELECT *, CASE WHEN before = 0 AND highest = 0 THEN 'new' WHEN before = 0 THEN 'reactivation'
                       WHEN monthly = 0 THEN 'churn' WHEN step > 0 THEN 'expansion' ELSE 'contraction' END AS kind
        FROM steps WHERE step <> 0
    )
"""
_MONTHS = text(
    f"""
    WITH {_STEPS}, months AS (
        SELECT generate_series(CAST(:since AS date), CAST(:until AS date), interval '1 month')::date AS month
    ), grid AS (
        SELECT month, currency FROM months CROSS JOIN (SELECT DISTINCT currency FROM moves) c
    )
    SELECT g.month, g.currency,
           coalesce(sum(m.step) FILTER (WHERE m.kind = 'new' AND m.at >= g.month), 0)::bigint AS new,
           coalesce(sum(m.step) FILTER (WHERE m.kind = 'expansion' AND m.at >= g.month), 0)::bigint AS expansion,
           coalesce(-sum(m.step) FILTER (WHERE m.kind = 'contraction' AND m.at >= g.month), 0)::bigint AS contraction,
           coalesce(-sum(m.step) FILTER (WHERE m.kind = 'churn' AND m.at >= g.month), 0)::bigint AS churn,
           coalesce(sum(m.step) FILTER (WHERE m.kind = 'reactivation' AND m.at >= g.month), 0)::bigint AS reactivation,
           coalesce(sum(m.step), 0)::bigint AS mrr,
           (count(*) FILTER (WHERE m.kind IN ('new', 'reactivation')) -
            count(*) FILTER (WHERE m.kind = 'churn'))::int AS active
    FROM grid g LEFT JOIN moves m ON m.currency = g.currency AND m.at < g.month + interval '1 month'
    GROUP BY g.month, g.currency ORDER BY g.month, g.currency
    """  # noqa: S608 - made of the constants above alone
)
_MOVEMENTS = text(
    f"""
    WITH {_STEPS}
    SELECT m.at, m.kind, m.step AS amount, m.currency, m.subscription_id, m.account_id,
           coalesce(a.name, m.account_id) AS account, m.product_id
    FROM moves m LEFT JOIN accounts a ON a.id = m.account_id
    WHERE m.currency = :currency AND m.at >= CAST(:month AS date)
      AND m.at < CAST(:month AS date) + interval '1 month'
      AND (CAST(:kind AS text) IS NULL OR m.kind = :kind)
    ORDER BY m.at, m.subscription_id LIMIT :limit
    """  # noqa: S608 - made of the constants above alone
)

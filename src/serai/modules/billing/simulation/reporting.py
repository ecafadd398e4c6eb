"""What came of it, month by month."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from serai.kit.db import Session
from serai.modules.billing import ledger


@dataclass(frozen=True, slots=True)
class Sample:
    """How subscriptions of one currency stand at a month's end. `mrr` in minor units."""

    month: str
    currency: str
    mrr: int
    trialing: int
    active: int
    past_due: int
    suspended: int


@dataclass(frozen=True, slots=True)
class Month:
    """Amounts in minor units; `net` and `tax` of invoices less credit notes, `cash` what payers paid in,
    refunds taken off; the numbers of subscriptions and the monthly recurring revenue at its end."""

    month: str
    currency: str
    invoices: int
    net: int
    tax: int
    cash: int
    mrr: int
    trialing: int
    active: int
    past_due: int
    suspended: int
    churned: int


@dataclass(frozen=True, slots=True)
class Report:
    """`failed`: subscriptions that could not be renewed, and why. `broken`: rules of the books that do not
    hold, of which there are none. `seconds`: how long the simulation took."""

    months: tuple[Month, ...]
    failed: dict[str, str]
    broken: tuple[str, ...]
    seconds: float
    differences: tuple[Any, ...] = ()
    compared: int = 0
    notes: tuple[str, ...] = field(default_factory=tuple)


async def sample(session: Session, moment: datetime, time_zone: str) -> list[Sample]:
    month = (moment.astimezone(ZoneInfo(time_zone)) - timedelta(microseconds=1)).strftime("%Y-%m")
    return [Sample(month, *row) for row in (await session.execute(_STANDING)).all()]


async def months(
    session: Session, samples: list[Sample], since: datetime, time_zone: str
) -> tuple[Month, ...]:
    """Of all currencies, by month."""
    values = {"since": since, "zone": time_zone}
    found: dict[tuple[str, str], dict[str, int]] = {}
    for statement, names in (
        (_INVOICED, ("invoices", "net", "tax")),
        (_CASH, ("cash",)),
        (_CHURNED, ("churned",)),
    ):
        for month, currency, *figures in (await session.execute(statement, values)).all():
            row = found.setdefault((month, currency), {})
            row |= {name: int(figure) for name, figure in zip(names, figures, strict=True)}
    for each in samples:
        found.setdefault((each.month, each.currency), {}).update(
            mrr=each.mrr, trialing=each.trialing, active=each.active, past_due=each.past_due,
            suspended=each.suspended,
        )  # fmt: skip
    empty = dict.fromkeys(Month.__dataclass_fields__, 0)
    return tuple(
        Month(**{**empty, **figures, "month": month, "currency": currency})  # type: ignore[arg-type]
        for (month, currency), figures in sorted(found.items())
        if any(figures.values())
    )


async def broken_rules(session: Session) -> tuple[str, ...]:
    found = await ledger.verify(session)
    return tuple(f"{check.name}: {', '.join(check.broken)}" for check in found.checks if check.broken)


_STANDING = text(
    """
    SELECT currency, coalesce(sum(monthly), 0)::bigint, count(*) FILTER (WHERE status = 'trialing'),
           count(*) FILTER (WHERE status = 'active'), count(*) FILTER (WHERE status = 'past_due'),
           count(*) FILTER (WHERE status = 'suspended')
    FROM subscriptions WHERE ended_at IS NULL GROUP BY currency
    """
)
_INVOICED = text(
    """
    SELECT to_char(issued_at AT TIME ZONE :zone, 'YYYY-MM'), currency, count(*) FILTER (WHERE kind = 'invoice'),
           sum(CASE kind WHEN 'invoice' THEN subtotal ELSE -subtotal END),
           sum(CASE kind WHEN 'invoice' THEN tax ELSE -tax END)
    FROM invoices WHERE number IS NOT NULL AND issued_at >= :since GROUP BY 1, 2
    """
)
_CASH = text(
    """
    SELECT to_char(t.at AT TIME ZONE :zone, 'YYYY-MM'), t.currency, sum(e.amount)
    FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
    JOIN ledger_accounts a ON a.id = e.ledger_account_id
    WHERE a.kind IN ('gateway_clearing', 'bank') AND t.kind IN ('payment', 'top_up', 'refund')
      AND t.at >= :since
    GROUP BY 1, 2
    """
)
_CHURNED = text(
    """
    SELECT to_char(e.at AT TIME ZONE :zone, 'YYYY-MM'), s.currency, count(*)
    FROM subscription_events e JOIN subscriptions s ON s.id = e.subscription_id
    WHERE e.type IN ('cancelled', 'ended') AND e.data->>'reason' <> 'not_paid' AND e.at >= :since
    GROUP BY 1, 2
    """
)

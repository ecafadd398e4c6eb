"""The invoices behind what is owed: how long each is due, what was tried, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy
from serai.modules.billing.profiles import queries as profile_queries

# Days since it was due: above the first, up to and with the second.
_SPANS: dict[str, tuple[int | None, int | None]] = {
    "not_due": (None, 0), "days_30": (0, 30), "days_60": (30, 60), "days_90": (60, 90), "older": (90, None),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """`due` in minor units. `tries`: payments that were begun for it, `error` what the last that failed
    said. `next_step`: what its seller's schedule does next, at `next_at`."""

    invoice_id: str
    number: str
    account_id: str
    account: str
    currency: str
    due: int
    issued_at: datetime
    due_at: datetime | None
    days: int
    dunning_since: datetime | None
    tries: int
    error: str | None
    next_step: str | None
    next_at: datetime | None


async def owed(
    session: Session,
    actor: Actor,
    *,
    account_id: str | None = None,
    currency: str | None = None,
    bucket: str | None = None,
    late: bool = False,
    limit: int = 500,
) -> list[Owed]:
    """Longest due first. `bucket`: one of `ageing`'s; `late`: only what is past its day or was refused."""
    policy.READ.require(actor)
    above, up_to = _SPANS[bucket] if bucket else (None, None)
    parameters = {
        "now": clock.now(), "account": account_id, "currency": currency, "late": late, "above": above,
        "up_to": up_to, "limit": limit,
    }  # fmt: skip
    rows = (await session.execute(_OWED, parameters)).mappings().all()
    schedules = {key: row.dunning for key, row in (await profile_queries.entities(session)).items()}
    found = []
    for row in rows:
        facts = dict(row)
        steps, done, at = schedules[facts.pop("seller")], facts.pop("done"), facts.pop("collect_at")
        begun = facts["dunning_since"] is not None
        step = steps[done]["do"] if begun and done < len(steps) else None
        found.append(Owed(**facts, next_step=step, next_at=at))
    return found


_OWED = text(
    """
    SELECT * FROM (
        SELECT i.id AS invoice_id, i.number, i.account_id, coalesce(a.name, i.account_id) AS account,
               i.currency, i.total - i.credited - i.paid + i.returned AS due, i.issued_at, i.due_at,
               coalesce(ceil(EXTRACT(epoch FROM CAST(:now AS timestamptz) - i.due_at) / 86400), 0)::int AS days,
               i.dunning_since, i.dunning_done AS done, i.collect_at, i.legal_entity_id AS seller,
               (SELECT count(*)::int FROM payments p WHERE p.invoice_id = i.id) AS tries,
               (SELECT p.error FROM payments p WHERE p.invoice_id = i.id AND p.error IS NOT NULL
                ORDER BY p.id DESC LIMIT 1) AS error
        FROM invoices i LEFT JOIN accounts a ON a.id = i.account_id
        WHERE i.state = 'open' AND i.kind = 'invoice'
          AND (CAST(:account AS text) IS NULL OR i.account_id = :account)
          AND (CAST(:currency AS text) IS NULL OR i.currency = :currency)
    ) o
    WHERE (CAST(:above AS int) IS NULL OR days > :above) AND (CAST(:up_to AS int) IS NULL OR days <= :up_to)
      AND (NOT CAST(:late AS boolean) OR days > 0 OR dunning_since IS NOT NULL)
    ORDER BY due_at NULLS LAST, invoice_id LIMIT :limit
    """
)

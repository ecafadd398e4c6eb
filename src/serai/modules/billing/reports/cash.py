"""Money that came in and went back, by the gateway it came through. What wallets pay is no new money."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy


@dataclass(frozen=True, slots=True)
class Cash:
    """Minor units. `fees`: what gateways kept of it, as far as they have said so."""

    currency: str
    gateway: str
    received: int
    refunded: int
    fees: int

    @property
    def net(self) -> int:
        return self.received - self.refunded - self.fees


async def cash(session: Session, actor: Actor, since: date, until: date) -> list[Cash]:
    """Between two days, both counted."""
    policy.READ.require(actor)
    rows = await session.execute(_CASH, {"since": since, "until": until})
    return [Cash(**row) for row in rows.mappings()]


_CASH = text(
    """
    WITH came AS (
        SELECT currency, gateway, sum(amount)::bigint AS received, sum(coalesce(fee, 0))::bigint AS fees
        FROM payments
        WHERE state = 'succeeded' AND purpose <> 'save_method' AND gateway <> 'wallet'
          AND settled_at >= CAST(:since AS date) AND settled_at < CAST(:until AS date) + interval '1 day'
        GROUP BY 1, 2
    ), went AS (
        SELECT r.currency, p.gateway, sum(r.amount)::bigint AS refunded
        FROM payment_refunds r JOIN payments p ON p.id = r.payment_id
        WHERE r.state = 'succeeded' AND p.gateway <> 'wallet'
          AND r.settled_at >= CAST(:since AS date) AND r.settled_at < CAST(:until AS date) + interval '1 day'
        GROUP BY 1, 2
    )
    SELECT currency, gateway, coalesce(received, 0) AS received, coalesce(refunded, 0) AS refunded,
           coalesce(fees, 0) AS fees
    FROM came FULL JOIN went USING (currency, gateway) ORDER BY 1, 2
    """
)

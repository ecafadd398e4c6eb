"""What becomes of the platform as it is: months ahead over a copy of it, with prices changed on the way."""

import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from serai.kit import clock
from serai.kit.db import Database, Session
from serai.kit.secrets import Vault
from serai.modules.billing.simulation import reporting
from serai.modules.billing.simulation.acting import PriceChange, change_price
from serai.modules.billing.simulation.gateway import KEY, SimulatedGateways
from serai.modules.billing.simulation.reporting import Report
from serai.modules.billing.simulation.running import Times, moved_clock
from serai.modules.billing.simulation.scenario import Pays


async def foresee(
    database: Database, vault: Vault, until: datetime, changes: Sequence[PriceChange] = (), *,
    time_zone: str = "UTC", everybody_pays: bool = True, daily: bool = True,
) -> Report:  # fmt: skip
    """`database` is a copy, which is changed. `everybody_pays`: also who has saved no way to pay, as they
    would by themselves; else their invoices go unpaid."""
    began = time.monotonic()
    gateways = SimulatedGateways(database, vault)
    starts = clock.now()
    planned: dict[datetime, list[PriceChange]] = {}
    for change in changes:
        planned.setdefault(max(change.at, starts), []).append(change)

    async def then(moment: datetime) -> None:
        async with gateways.database.transaction() as session:
            for change in planned.get(moment, ()):
                await change_price(session, change)

    with moved_clock(starts) as moved:
        async with gateways.database.transaction() as session:
            await _take_over(session, gateways, everybody_pays=everybody_pays)
        times = Times(gateways, moved, time_zone, daily=daily)
        await times.go(until, [at for at in planned if at <= until], then=then)
        async with gateways.database.transaction() as session:
            months = await reporting.months(session, times.samples, starts, time_zone)
            broken = await reporting.broken_rules(session)
    return Report(months, times.failed, broken, time.monotonic() - began)


async def _take_over(session: Session, gateways: SimulatedGateways, *, everybody_pays: bool) -> None:
    """Every saved way to pay is the simulation's now; no real reference is kept, no real gateway known."""
    await session.execute(text("DELETE FROM gateways"))
    await session.execute(_NO_OTHER_PAYMENTS, {"now": clock.now()})
    await session.execute(_OUR_METHODS, {"key": KEY, "sealed": gateways.method("").sealed_reference})
    await gateways.prepare(session)
    missing = (await session.execute(_WITHOUT_METHOD)).scalars().all()
    for account_id in missing:
        if everybody_pays:
            session.add(gateways.method(account_id))
        else:
            gateways.payers.put(account_id, Pays(wallet_only=True))
    await session.flush()


_NO_OTHER_PAYMENTS = text(
    "UPDATE payments SET state = 'cancelled', next_check_at = NULL, settled_at = :now "
    "WHERE state IN ('pending', 'requires_action')"
)
_OUR_METHODS = text(
    "UPDATE payment_methods SET gateway = :key, sealed_reference = :sealed, state = "
    "CASE state WHEN 'removed' THEN 'removed' ELSE 'active' END"
)
_WITHOUT_METHOD = text(
    """
    SELECT DISTINCT s.account_id FROM subscriptions s
    WHERE s.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM payment_methods m WHERE m.account_id = s.account_id AND m.is_default AND m.state = 'active')
    """
)

"""What the worker does for billing, again and again. Each duty on its own: one that fails keeps no other
from its work, and all of them may be run by several workers, be late, or be done twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.modules.billing import earning, telling, wallets
from serai.modules.billing.payments import collecting, paying, reconciling, refunds, topping_up
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.subscriptions import renew_all
from serai.modules.billing.usage import watching

log = structlog.get_logger()


async def keep_going(gateways: Gateways) -> None:
    """What customers wait for: every few seconds."""
    database = gateways.database
    await _each(
        {
            "renewals": lambda: renew_all(database),
            "payments": lambda: paying.look_at_all(gateways),
            "collecting": lambda: collecting.collect_all(gateways),
            "refunds": lambda: refunds.carry_out_all(gateways),
            "invoices to tell of": lambda: telling.tell_invoices(database, gateways.public_url),
        }
    )


async def look_after(gateways: Gateways) -> None:
    """What has time: every few minutes."""

    async def within(work: Callable[[Session], Awaitable[Any]]) -> None:
        async with gateways.database.transaction() as session:
            await work(session)

    await _each(
        {
            "revenue earned": lambda: earning.recognise_all(gateways.database),
            "trials that end": lambda: within(telling.tell_of_trials),
            "cards that expire": lambda: within(telling.tell_of_cards),
            "money set aside": lambda: within(lambda session: wallets.release_expired(session, SYSTEM)),
            "wallets to fill": lambda: topping_up.fill_all(gateways),
            "usage limits": lambda: within(watching.watch),
            "payouts": lambda: reconciling.fetch_all(gateways),
        }
    )


async def _each(duties: dict[str, Callable[[], Awaitable[Any]]]) -> None:
    for duty, work in duties.items():
        try:
            await work()
        except Exception as error:
            log.warning("a duty of billing failed and will be tried again", duty=duty, error=str(error))

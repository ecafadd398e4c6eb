"""What pages about money are tested on: a shop with room and a sandbox, and the sandbox's own page."""

import re
from typing import Any

from serai.contracts.payments import HostsPage
from serai.kit.actor import SYSTEM, Actor
from serai.modules import billing
from serai.modules.billing.payments import Payment
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint

GOOD_CARD, DECLINED = "4242424242424242", "4000000000009995"


async def open_gateway(world: World, key: str = "sandbox", **values: str) -> None:
    """Set up, tested and switched on."""
    gateways = world.platform.gateways
    async with world.database.transaction() as session:
        await billing.payments.set_up(session, SYSTEM, gateways, key, values, test_mode=False)
    await gateways.test(key)
    async with world.database.transaction() as session:
        await billing.payments.switch(session, SYSTEM, key, on=True)


async def open_shop(world: World) -> None:
    await world.server()
    await world.product(shop_blueprint())
    await open_gateway(world)


async def pay_at_the_sandbox(world: World, payment_id: str, card: str = GOOD_CARD) -> None:
    """What the payer does on the gateway's page; the platform has not heard of it yet."""
    payment = await payment_of(world, payment_id)
    gateway: HostsPage = await world.platform.gateways.get("sandbox")  # type: ignore[assignment]
    await gateway.submit(payment.reference or "", {"number": card, "expires": "12/34", "save": "1"})


async def payment_of(world: World, payment_id: str) -> Payment:
    async with world.database.transaction() as session:
        return await billing.payments.paying.find(session, SYSTEM, payment_id)


async def payments_of(world: World, actor: Actor) -> list[Payment]:
    async with world.database.transaction() as session:
        found = await billing.payments.queries.page(
            session, SYSTEM, account_id=actor.account_id, state=None, gateway_key=None, before=None, limit=50
        )
    return list(found)


def text(answer: Any) -> str:
    """The page without its tags, so that a sentence is found whatever stands around its values."""
    body = re.sub(r"<(script|svg|style).*?</\1>", "", answer.body.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))

"""/webhooks/payments/…: who it is from is proved over the raw body; the same notice counts once."""

import json

from serai.drivers.payments.sandbox import signing
from serai.kit.actor import SYSTEM
from serai.modules import billing
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import open_gateway
from tests.integration.portals.conftest import Visitor

SECRET = "made-up-signing-secret"
PATH = "/webhooks/payments/sandbox"


async def kept(world: World) -> int:
    return int(await world.scalar("SELECT count(*) FROM gateway_notices"))


async def test_a_signed_notice_is_kept_once(shop: Shop, world: World, visitor: Visitor) -> None:
    await open_gateway(world, signing_secret=SECRET)
    body = json.dumps(
        {"id": "evt_1", "kind": "charge.succeeded", "charge": "pay_x", "reference": "sbx_x"}
    ).encode()
    headers = {signing.HEADER.lower(): signing.sign(SECRET, body), "origin": "https://elsewhere.example.com"}
    assert (await visitor.post(PATH, body, headers=headers)).status == 200
    assert (await visitor.post(PATH, body, headers=headers)).status == 200
    assert await kept(world) == 1
    changed = await visitor.post(PATH, body.replace(b"pay_x", b"pay_y"), headers=headers)
    assert changed.status == 400
    assert (await visitor.post(PATH, body)).status == 400
    assert await kept(world) == 1


async def test_an_unknown_gateway_is_not_there(shop: Shop, world: World, visitor: Visitor) -> None:
    assert (await visitor.post("/webhooks/payments/nobody", b"{}")).status == 404
    # One that is switched off still hears of what was begun with it.
    async with world.database.transaction() as session:
        await billing.payments.switch(session, SYSTEM, "sandbox", on=False)
    assert (await visitor.post(PATH, b"{}")).status == 400

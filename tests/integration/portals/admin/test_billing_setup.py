"""/admin/billing: gateways, sellers and tax rates are set up; no secret ever comes out again."""

import json

from serai.kit.actor import SYSTEM
from serai.modules import billing
from serai.modules.billing.payments import GatewayAccount
from tests.factories import World
from tests.integration.portals.billing_stage import text
from tests.integration.portals.conftest import SignedIn, Visitor

HERE = "/admin/billing"
KEYS = {
    "value_secret_key": "sk_live_hush",
    "value_publishable_key": "pk_live_open",
    "value_webhook_secret": "whsec_quiet",
}
BANK = {"value_holder": "Serai", "value_iban": "DE02120300000000202051"}
SELLER = {
    "name": "Serai SARL", "country": "FR", "prefix": "FR-", "time_zone": "Europe/Paris", "city": "Paris",
    "bank": "IBAN: FR76 3000\nBIC: AGRIFRPP", "tax_inclusive": "y",
    "dunning-0-after": "5", "dunning-0-do": "suspend", "dunning-1-after": "2", "dunning-1-do": "retry",
}  # fmt: skip


async def finance(signed_in: SignedIn, world: World) -> Visitor:
    return await signed_in(await world.account(staff=True, staff_role="finance"))


async def kept(world: World, key: str) -> GatewayAccount | None:
    async with world.database.transaction() as session:
        return await billing.payments.queries.gateway(session, key)


async def test_a_gateway_is_set_up_tested_and_switched_on(signed_in: SignedIn, world: World) -> None:
    staff, path = await finance(signed_in, world), f"{HERE}/gateways/bank_transfer"
    assert "Not set up" in text(await staff.get(path))
    wrong = await staff.send(path, **BANK | {"value_holder": ""})
    assert (wrong.status, "required" in text(wrong)) == (422, True)
    await staff.send(path, **BANK | {"value_iban": "DE99 1234"})
    await staff.send(f"{path}/test")
    shown = text(await staff.get(path))
    assert "The test has failed" in shown
    await staff.send(f"{path}/switch", on="1")
    row = await kept(world, "bank_transfer")
    assert row is not None
    assert not row.enabled, "only what was tested is switched on"
    await staff.send(path, **BANK)
    await staff.send(f"{path}/test")
    assert "The test has succeeded" in text(await staff.get(path))
    await staff.send(f"{path}/switch", on="1")
    row = await kept(world, "bank_transfer")
    assert row is not None
    assert row.enabled
    await staff.send(f"{path}/switch", on="0")
    row = await kept(world, "bank_transfer")
    assert row is not None
    assert not row.enabled
    assert (await staff.send(f"{HERE}/gateways/wallet")).status == 404
    assert (await staff.get(f"{HERE}/gateways/nobody")).status == 404


async def test_secrets_go_in_and_never_come_out(signed_in: SignedIn, world: World) -> None:
    staff, path = await finance(signed_in, world), f"{HERE}/gateways/stripe"
    assert (await staff.send(path, **KEYS)).status == 303
    shown = (await staff.get(path)).body.decode()
    assert "pk_live_open" in shown
    assert "/webhooks/payments/stripe" in shown
    for secret in ("sk_live_hush", "whsec_quiet"):
        assert secret not in shown
        refused = await staff.send(path, **KEYS | {"value_publishable_key": ""})
        assert refused.status == 422
        assert secret not in refused.body.decode(), "not even back to who typed it"
    changed = {"value_publishable_key": "pk_live_other", "value_secret_key": "", "value_webhook_secret": ""}
    assert (await staff.send(path, **changed)).status == 303
    row = await kept(world, "stripe")
    assert row is not None
    values = json.loads(world.platform.vault.open(row.sealed_values))
    assert values == {
        "secret_key": "sk_live_hush", "publishable_key": "pk_live_other", "webhook_secret": "whsec_quiet",
    }  # fmt: skip
    reader = await signed_in(await world.account(staff=True, staff_role="read-only"))
    assert "pk_live_other" not in (await reader.get(path)).body.decode()
    for table in ("audit_records", "events"):
        found = await world.scalar(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%sk_live_hush%'")
        assert found == 0, table


async def test_a_seller_is_added_changed_and_made_the_default(signed_in: SignedIn, world: World) -> None:
    staff = await finance(signed_in, world)
    made = await staff.send(f"{HERE}/sellers", **SELLER)
    assert made.status == 303, text(made)
    path = made.headers["location"]
    async with world.database.transaction() as session:
        found = {each.id: each for each in await billing.sellers.every(session, SYSTEM)}[
            path.rpartition("/")[2]
        ]
    assert (found.name, found.prefix, found.address, found.tax_inclusive) == (
        "Serai SARL",
        "FR-",
        {"city": "Paris"},
        True,
    )
    assert found.dunning == [{"after": 2, "do": "retry"}, {"after": 5, "do": "suspend"}]
    assert found.bank == {"IBAN": "FR76 3000", "BIC": "AGRIFRPP"}
    shown = (await staff.get(path)).body.decode()
    assert "IBAN: FR76 3000" in shown
    for wrong, said in (
        ({"prefix": "FR/1"}, "1 to 12 letters"), ({"prefix": "INV"}, "begin with INV"),
        ({"bank": "no colon"}, "a colon"), ({"time_zone": "Nowhere"}, "no such time zone"),
        ({"dunning-0-after": "2"}, "rising days"), ({"name": ""}, "required"),
    ):  # fmt: skip
        answer = await staff.send(path, **SELLER | wrong)
        assert (answer.status, said in text(answer)) == (422, True), (wrong, answer.status)
    assert (await staff.send(path, **SELLER | {"name": "Serai SAS"})).status == 303
    await staff.send(f"{path}/default")
    listed = text(await staff.get(f"{HERE}/sellers"))
    assert "Serai SAS Default" in listed
    assert (await staff.get(f"{HERE}/sellers/none")).status == 404


async def test_a_tax_rate_is_put_over_the_known_one(signed_in: SignedIn, world: World) -> None:
    staff = await finance(signed_in, world)
    before = (await staff.get(f"{HERE}/taxes?format=csv")).body.decode()
    assert "EG,Egypt,14,False" in before
    new = {"country": "EG", "percent": "12.5", "valid_from": "2026-01-01"}
    assert (await staff.send(f"{HERE}/taxes", **new)).status == 303
    assert "EG,Egypt,12.5,True" in (await staff.get(f"{HERE}/taxes?format=csv")).body.decode()
    for wrong in ({"percent": "101"}, {"percent": "many"}, {"country": ""}, {"valid_from": "soon"}):
        assert (await staff.send(f"{HERE}/taxes", **new | wrong)).status == 422, wrong

"""`serai ledger`, `serai invoice`, `serai subscription`, `serai wallet`, `serai billing`"""

from pathlib import Path

import pytest

from serai.kit.clock import MovableClock
from tests.factories import World
from tests.integration.cli.conftest import Serai
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop


@pytest.fixture
async def shop(world: World, moving: MovableClock) -> Shop:
    await world.product(shop_blueprint())
    return Shop(world, moving)


async def test_the_books_are_verified_and_a_broken_rule_is_an_exit_code(
    serai: Serai, shop: Shop, owner_connection
):
    buyer = await shop.world.account()
    await shop.fill(buyer, 5000)
    await shop.order(buyer)
    found = await serai("ledger", "verify", "--json")
    assert found.code == 0
    assert {each["kind"]: each["balance"] for each in found.json["totals"]}["wallet"] == 4000
    await owner_connection.execute("ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_enough")
    await owner_connection.execute("UPDATE ledger_accounts SET balance = -1 WHERE kind = 'wallet'")
    broken = await serai("ledger", "verify")
    assert broken.code == 1
    assert "broken" in broken.out


async def test_an_invoice_is_shown_and_written_as_a_pdf(serai: Serai, shop: Shop, tmp_path: Path):
    buyer = await shop.world.account()
    await shop.fill(buyer, 5000)
    await shop.order(buyer)
    (listed,) = (await serai("invoice", "list", "--json")).json
    target = tmp_path / "invoice.pdf"
    shown = await serai(
        "invoice", "show", listed["number"], "--pdf", str(target), "--language", "ar", "--json"
    )
    assert shown.json["invoice"]["total"] == 1000
    assert target.read_bytes().startswith(b"%PDF")
    assert (await serai("invoice", "show", "INV-999999", "--json")).error[
        "code"
    ] == "billing.invoice_not_found"


async def test_a_history_says_whether_the_state_follows_from_it(serai: Serai, shop: Shop):
    buyer = await shop.world.account()
    await shop.fill(buyer, 5000)
    made = await shop.order(buyer)
    (listed,) = (await serai("subscription", "list", "--json")).json
    assert listed["id"] == made.state.id
    history = (await serai("subscription", "history", made.state.id, "--json")).json
    assert history["state_follows"]
    assert history["events"][0]["type"] == "created"


async def test_a_wallet_is_adjusted_once_for_a_key(serai: Serai, shop: Shop):
    buyer = await shop.world.account()
    for _ in range(2):
        ran = await serai(
            "wallet", "adjust", buyer.account_id, "10.00", "USD", "--reason", "Sorry", "--key", "a"
        )
        assert ran.code == 0, ran
    assert await shop.wallet(buyer) == 1000
    assert (
        await serai("wallet", "adjust", buyer.account_id, "20.00", "USD", "--take", "--reason", "x")
    ).code == 75


async def test_what_is_due_is_renewed_by_hand(serai: Serai, shop: Shop):
    buyer = await shop.world.account()
    await shop.fill(buyer, 5000)
    made = await shop.order(buyer)
    shop.clock.move(made.state.period_end - made.state.period_start)
    assert (await serai("billing", "run", "--json")).json == {"renewed": 1, "failed": {}, "collected": 0}

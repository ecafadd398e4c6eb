"""A batch of renewals paid from wallets: in one go, and nobody's empty wallet is another's loss."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from serai.kit.db import Database
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.subscriptions import renew_all
from tests import crowd
from tests.queries import counted
from tests.support import eventually


async def test_more_renewals_paid_from_wallets_need_no_more_statements(shop):
    numbers = []
    for size in (2, 40):
        await crowd.gather(shop.world.database, size, "shop", "starter", wallet=1_500)
        shop.clock.move(timedelta(days=31))
        with counted(shop.world.database) as statements:
            assert (await renew_all(shop.world.database)).renewed >= size
        numbers.append([each for each in statements if "ledger_post" in each or "SAVEPOINT" in each])
    assert len(numbers[0]) == len(numbers[1])
    await shop.books_hold()


async def test_a_wallet_spent_meanwhile_keeps_no_other_from_paying(shop):
    database: Database = shop.world.database
    accounts = await crowd.gather(database, 5, "shop", "starter", wallet=1_000)
    shop.clock.move(timedelta(days=31))
    async with database.transaction() as session:
        spent = ledger.between(
            LedgerAccountKey("wallet", accounts[2]), LedgerAccountKey("bank"), Money(300, "USD"), key="meanwhile", kind="payout",
            account_id=accounts[2],
        )  # fmt: skip
        await ledger.post(session, spent)
        renewing = asyncio.create_task(renew_all(database))
        await eventually(lambda: _waits_for_a_lock(database))
    assert (await renewing).renewed == 5
    rows = await shop.rows("SELECT account_id, paid, state FROM invoices")
    paid = {row["account_id"]: (row["paid"], row["state"]) for row in rows}
    assert paid == dict.fromkeys(accounts, (1000, "paid")) | {accounts[2]: (0, "open")}
    await shop.books_hold()


async def _waits_for_a_lock(database: Database) -> bool:
    async with database.transaction() as session:
        return bool(
            (
                await session.execute(
                    text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
                )
            ).scalar_one()
        )


async def test_what_a_wallet_holds_is_shared_by_all_that_is_due_from_it(shop, buyer):
    await shop.fill(buyer, 2_000 + 1_500)
    for _ in range(2):
        await shop.order(buyer, "starter", trial=False)
    await shop.at(shop.clock.now() + timedelta(days=31))
    assert sorted(each.paid for each in await shop.invoices(buyer)) == [500, 1_000, 1_000, 1_000]
    assert await shop.wallet(buyer) == 0
    await shop.books_hold()

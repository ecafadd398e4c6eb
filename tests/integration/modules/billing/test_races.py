"""Many times (a thousand in `make soak`) two at once: both hold a transaction before either begins, and nothing is broken."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from serai.contracts.payments import Outcome
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.kit.errors import SeraiError
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import recording
from serai.modules.billing.payments.models import Payment
from tests import crowd
from tests.support import SOAK

RACES, LANES = 1_000 if SOAK else 200, 4
ORDERS = min(1_000 * SOAK, 4_000) if SOAK else 200  # each is fifty statements long
Runner = Callable[[Session], Awaitable[Any]]


async def race(database: Database, *runners: Runner) -> list[Any]:
    """Each in a transaction of its own, which it holds before any of them begins. What it raised counts as
    its answer; it was rolled back then."""
    barrier = asyncio.Barrier(len(runners))

    async def run(work: Runner) -> Any:
        async with database.transaction() as session:
            await session.execute(text("SELECT txid_current()"))
            await barrier.wait()
            return await work(session)

    return await asyncio.gather(*map(run, runners), return_exceptions=True)


async def many(one: Callable[[int], Awaitable[Any]], count: int = RACES) -> tuple[list[Any], float]:
    """What each of the races came to, several of them side by side."""
    began, results = time.monotonic(), []

    async def lane(numbers: range) -> None:
        for number in numbers:
            results.append(await one(number))

    await asyncio.gather(*(lane(range(first, count, LANES)) for first in range(LANES)))
    return results, time.monotonic() - began


@pytest.fixture
async def wide(database_url: str):
    made = Database(database_url, pool_size=2 * LANES + 2).acting(SYSTEM)
    yield made
    await made.close()


def figures(record_property, name: str, results: Sequence[Any], took: float, broken: int) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(map(str, results)).items()))
    record_property("figures", f"{name}: {len(results)} races, {broken} broken, {took:.1f} s ({kinds})")


async def test_one_key_moves_once(wide, record_property):
    async def one(number: int) -> tuple[int, int]:
        transfer = ledger.between(
            LedgerAccountKey("bank"),
            LedgerAccountKey("wallet", f"acc_{number}"),
            Money(100, "USD"),
            key=f"k{number}",
            kind="top_up",
        )
        answers = await race(wide, *[lambda s: ledger.post(s, transfer)] * 2)
        return sum(not a[0].replayed for a in answers), len({a[0].transfer_id for a in answers})

    results, took = await many(one)
    broken = sum(result != (1, 1) for result in results)
    figures(record_property, "same key", results, took, broken)
    assert not broken
    assert await _balance(wide, "wallet") == RACES * 100


async def test_the_last_balance_is_spent_once(wide, record_property):
    await _fill(wide, [f"acc_{n}" for n in range(RACES)], 100)

    def spend(number: int, who: str) -> Runner:
        transfer = ledger.between(
            LedgerAccountKey("wallet", f"acc_{number}"),
            LedgerAccountKey("revenue"),
            Money(100, "USD"),
            key=f"{who}{number}",
            kind="spend",
        )
        return lambda session: ledger.post(session, transfer)

    async def one(number: int) -> str:
        answers = await race(wide, spend(number, "a"), spend(number, "b"))
        refused = [a for a in answers if isinstance(a, ledger.InsufficientFunds)]
        return "one spent, one refused" if len(refused) == 1 and len(answers) == 2 else repr(answers)

    results, took = await many(one)
    broken = sum(result != "one spent, one refused" for result in results)
    figures(record_property, "last balance", results, took, broken)
    assert not broken
    assert await _balance(wide, "wallet") == 0


async def test_the_last_coupon_is_redeemed_once(shop, wide, record_property):
    terms = catalog.CouponTerms(bps=1000)
    buyers = [await shop.world.account() for _ in range(2)]
    package = (await shop.do(catalog.get_package, "shop", "starter"))[1]
    purchase = catalog.Purchase(
        package_id=package.id, period="monthly", amount=Money(1000, "USD"), first_purchase=True
    )
    async with wide.transaction() as session:
        for number in range(RACES):
            settings = catalog.CouponSettings(terms=terms, max_redemptions=1)
            await catalog.add_coupon(session, SYSTEM, f"ONE{number}", settings)

    async def one(number: int) -> str:
        answers = await race(wide, *(
            lambda s, who=who: catalog.redeem(
                s, SYSTEM, f"ONE{number}", who.account_id, purchase, f"sub_{number}"
            )
            for who in buyers
        ))  # fmt: skip
        refused = [a for a in answers if isinstance(a, catalog.CouponExhausted)]
        return "one redeemed, one refused" if len(refused) == 1 and _good(answers) == 1 else repr(answers)

    results, took = await many(one)
    broken = sum(result != "one redeemed, one refused" for result in results)
    figures(record_property, "last coupon", results, took, broken)
    assert not broken
    assert await shop.rows("SELECT max(redeemed) AS most, sum(redeemed) AS total FROM coupons") == [
        {"most": 1, "total": RACES}
    ]


async def test_the_last_in_stock_is_sold_once(shop, wide, record_property):
    package = (await shop.do(catalog.get_package, "shop", "scarce"))[1]
    async with wide.transaction() as session:
        copies = """
            INSERT INTO packages SELECT (jsonb_populate_record(p, jsonb_build_object(
                'id', 'pkg_race_' || n, 'key', 'race' || n, 'stock', 1))).*
            FROM packages p, generate_series(0, :most) n WHERE p.id = :id
        """
        await session.execute(text(copies), {"most": RACES - 1, "id": package.id})

    async def one(number: int) -> str:
        answers = await race(wide, *[lambda s: catalog.take_stock(s, f"pkg_race_{number}", 1)] * 2)
        refused = [a for a in answers if isinstance(a, catalog.SoldOut)]
        return "one sold, one refused" if len(refused) == 1 and _good(answers) == 1 else repr(answers)

    results, took = await many(one)
    broken = sum(result != "one sold, one refused" for result in results)
    figures(record_property, "last in stock", results, took, broken)
    assert not broken


async def test_money_is_never_lost_when_an_order_is_paid_and_cancelled_at_once(shop, wide, record_property):
    """Either the order runs and its invoice is paid, or it has ended and the money is in the wallet."""
    orders = await _orders(shop, wide)
    gateways = billing.Gateways(wide, shop.gateways.vault, "http://localhost", shop.gateways.factories, None)

    async def one(number: int) -> str:
        subscription_id, account_id, payment_id = orders[number]
        barrier = asyncio.Barrier(2)

        async def pay() -> Any:
            async with wide.transaction() as held:  # a transaction of its own, open beside the recording's
                await held.execute(text("SELECT txid_current()"))
                await barrier.wait()
            return await recording.record(
                gateways, payment_id, Outcome("succeeded", f"ref_{number}", amount=Money(1000, "USD"))
            )

        async def cancel() -> Any:
            async with wide.transaction() as session:
                await session.execute(text("SELECT txid_current()"))
                await barrier.wait()
                await asyncio.sleep(number % 8 * 0.002)  # now the one is earlier, now the other
                return await billing.subscriptions.cancel(session, SYSTEM, subscription_id, "now")

        answers = await asyncio.gather(pay(), cancel(), return_exceptions=True)
        strange = [a for a in answers if isinstance(a, Exception) and not isinstance(a, SeraiError)]
        async with wide.transaction() as session:
            wallet = await ledger.queries.balance(session, LedgerAccountKey("wallet", account_id), "USD")
            status = (await billing.subscriptions.find(session, SYSTEM, subscription_id)).status
        if strange or isinstance(answers[0], Exception):
            return repr(answers)
        return f"{status} with {wallet} in the wallet"

    results, took = await many(one, ORDERS)
    good = {
        "ended with 1000 in the wallet",
        "cancelled with 1000 in the wallet",
        "active with 0 in the wallet",
    }
    broken = sum(result not in good for result in results)
    figures(record_property, "pay against cancel", results, took, broken)
    assert not broken
    await shop.books_hold()


async def _orders(shop, database: Database) -> list[tuple[str, str, str]]:
    """(subscription, account, payment begun) of so many orders that wait for their money."""
    accounts = await crowd.gather(database, ORDERS, "shop", "starter")
    async with database.transaction() as session:
        orders = await crowd.order(session, accounts, "shop", "starter")
        session.add_all(_begun(payer, invoice, f"pay_{id_}") for id_, payer, invoice in orders)
    return [(id_, payer, f"pay_{id_}") for id_, payer, _invoice in orders]


def _begun(account_id: str, invoice_id: str, payment_id: str) -> Payment:
    return Payment(
        id=payment_id, account_id=account_id, key=payment_id, gateway="sandbox", method_id=None,
        purpose="invoice", invoice_id=invoice_id, currency="USD", amount=1000, refunded=0, fee=None,
        state="pending", reference=None, off_session=False, save_method=False, redirect_url=None,
        return_path="", details={}, error=None, error_code=None, checks=0, next_check_at=None,
        created_at=clock.now(), settled_at=None,
    )  # fmt: skip


async def _fill(database: Database, accounts: Sequence[str], amount: int) -> None:
    async with database.transaction() as session:
        await ledger.post(session, *(
            ledger.between(LedgerAccountKey("bank"), LedgerAccountKey("wallet", each), Money(amount, "USD"), key=f"fill/{each}",
                           kind="top_up")
            for each in accounts
        ))  # fmt: skip


async def _balance(database: Database, kind: str) -> int:
    async with database.transaction() as session:
        query = text("SELECT coalesce(sum(balance), 0) FROM ledger_accounts WHERE kind = :kind")
        return int((await session.execute(query, {"kind": kind})).scalar_one())


def _good(answers: Sequence[Any]) -> int:
    return sum(not isinstance(each, BaseException) for each in answers)

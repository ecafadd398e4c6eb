"""Posting: balanced, once, never below the limit, and in no other way."""


import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from serai.kit.db import Database
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey, Transfer, between

BANK, WALLET = LedgerAccountKey("bank"), LedgerAccountKey("wallet", "acc_1")


def top_up(key: str, amount: int = 1000) -> Transfer:
    return between(BANK, WALLET, Money(amount, "USD"), key=key, kind="top_up", account_id="acc_1")


def spend(key: str, amount: int = 1000) -> Transfer:
    return between(WALLET, LedgerAccountKey("revenue", party="prd_1"), Money(amount, "USD"), key=key, kind="spend")


async def balance(database: Database, place: LedgerAccountKey = WALLET) -> int:
    async with database.transaction() as session:
        return await ledger.queries.balance(session, place, "USD")


async def post(database: Database, *transfers: Transfer) -> list[ledger.Posted]:
    async with database.transaction() as session:
        return list(await ledger.post(session, *transfers))


async def test_a_transfer_moves_both_sides_and_is_replayed_without_effect(database):
    (first,) = await post(database, top_up("a"))
    (again,) = await post(database, top_up("a"))
    assert not first.replayed
    assert again.replayed
    assert again.transfer_id == first.transfer_id
    assert await balance(database) == 1000
    assert await balance(database, BANK) == 1000


async def test_a_key_stands_for_one_movement_only(database):
    await post(database, top_up("a"))
    with pytest.raises(ledger.TransferKeyReused):
        await post(database, top_up("a", 999))
    assert await balance(database) == 1000


async def test_a_wallet_is_never_overdrawn(database):
    await post(database, top_up("a", 500))
    with pytest.raises(ledger.InsufficientFunds):
        await post(database, spend("b", 501))
    await post(database, spend("c", 500))
    assert await balance(database) == 0


async def test_a_credit_limit_lets_it_fall_that_far(database):
    async with database.transaction() as session:
        await ledger.queries.set_minimum_balance(session, "acc_1", "USD", -300)
    await post(database, spend("a", 300))
    with pytest.raises(ledger.InsufficientFunds):
        await post(database, spend("b", 1))
    assert await balance(database) == -300


async def test_many_are_posted_all_or_none(database):
    with pytest.raises(ledger.InsufficientFunds):
        await post(database, top_up("a", 100), top_up("b", 100), spend("c", 201))
    assert await balance(database) == 0
    posted = await post(database, top_up("a", 100), top_up("b", 100), spend("c", 200))
    assert [each.replayed for each in posted] == [False] * 3
    assert await balance(database) == 0


@pytest.mark.parametrize(
    "legs",
    [((BANK, 5), (WALLET, -4)), ((BANK, 5),), (), ((LedgerAccountKey("nothing"), 5), (WALLET, -5))],
)
async def test_what_does_not_add_up_is_refused(database, legs):
    with pytest.raises(ledger.Unbalanced):
        await post(database, Transfer("a", "wrong", "USD", legs))
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM ledger_transfers"))).scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_entries VALUES (1, 9, 1, '', 5)",
        "UPDATE ledger_entries SET amount = amount * 2",
        "DELETE FROM ledger_transfers",
        "UPDATE ledger_accounts SET balance = 1000000",
        "UPDATE ledger_accounts SET minimum_balance = -1000000",
    ],
)
async def test_the_application_can_write_in_no_other_way(database, statement):
    await post(database, top_up("a"))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE ledger_entries SET amount = amount * 2", "append-only"),
        ("DELETE FROM ledger_entries", "append-only"),
        ("TRUNCATE ledger_entries, ledger_transfers", "append-only"),
        ("UPDATE ledger_transfers SET memo = '{}'", "append-only"),
        ("DELETE FROM ledger_accounts", "append-only"),
        ("INSERT INTO ledger_entries VALUES (1, 9, 1, '', 5)", "do not add up"),
    ],
)
async def test_not_even_the_owner_rewrites_the_books(database, owner_connection, statement, says):
    await post(database, top_up("a"))
    with pytest.raises(Exception, match=says):
        await owner_connection.execute(statement)


async def test_nobody_sees_the_books_of_another(database, world):
    actor, other = await world.account(), await world.account()
    for each in (actor, other):
        await post(world.database, between(BANK, LedgerAccountKey("wallet", each.account_id), Money(5, "USD"),
                                           key=each.account_id, kind="top_up", account_id=each.account_id))  # fmt: skip
    async with world.platform.database.acting(actor).transaction() as session:
        for table in ("ledger_accounts", "ledger_transfers", "ledger_entries"):
            seen = (await session.execute(text(f"SELECT DISTINCT account_id FROM {table}"))).scalars().all()
            assert seen == [actor.account_id]


async def test_verification_holds_and_finds_what_was_tampered_with(database, owner_connection):
    await post(database, top_up("a"), spend("b", 400))
    async with database.transaction() as session:
        good = await ledger.verify(session)
    assert good.holds
    assert {(t.kind, t.balance) for t in good.totals} == {("bank", 1000), ("wallet", 600), ("revenue", 400)}
    await owner_connection.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ALL")
    await owner_connection.execute(
        "UPDATE ledger_entries SET amount = amount + 1 WHERE line = 1 AND transfer_id = 1"
    )
    async with database.transaction() as session:
        bad = await ledger.verify(session)
    assert [check.name for check in bad.checks if check.broken] == [
        "every transfer's entries add up to zero",
        "all debits are all credits, in each currency",
    ]

"""What the books answer: of one account and currency, in order, and in total."""

from datetime import timedelta

from serai.kit import clock
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey, between

BANK, MINE, OTHERS = LedgerAccountKey("bank"), LedgerAccountKey("wallet", "acc_1"), LedgerAccountKey("wallet", "acc_2")


async def test_reads_keep_accounts_and_currencies_apart_and_in_order(database, moving) -> None:
    began = clock.now()
    movements = [(MINE, 1000, "USD"), (OTHERS, 500, "USD"), (MINE, 70, "EUR"), (MINE, 30, "USD")]
    async with database.transaction() as session:
        for number, (wallet, amount, currency) in enumerate(movements):
            money = Money(amount, currency)
            await ledger.post(session, between(BANK, wallet, money, key=f"k{number}", kind="top_up"))
            moving.move(timedelta(days=1))
        listed = await ledger.queries.in_order(session, MINE, "USD")
        assert [(transfer.key, amount) for transfer, amount in listed] == [("k0", 1000), ("k3", 30)]
        newest = await ledger.queries.movements(session, MINE, "USD")
        assert [(transfer.key, amount) for transfer, amount in newest] == [("k3", 30), ("k0", 1000)]
        older = await ledger.queries.movements(session, MINE, "USD", before=newest[0][0].id)
        assert [transfer.key for transfer, _ in older] == ["k0"]
        theirs = await ledger.queries.of_customer(session, "acc_1", "wallet")
        assert [(row.kind, row.account_id, row.currency) for row in theirs] == [
            ("wallet", "acc_1", "EUR"), ("wallet", "acc_1", "USD"),
        ]  # fmt: skip
        third = await ledger.queries.by_key(session, "k2")
        assert third is not None
        assert (third.key, await ledger.queries.amount_of(session, third.id)) == ("k2", 70)
        assert await ledger.queries.by_key(session, "k9") is None

        second_day, last_day = began + timedelta(days=1), began + timedelta(days=3)
        rows = await ledger.queries.totals(session, since=second_day, until=last_day)
        found = {(row.kind, row.currency): (row.debits, row.credits, row.accounts) for row in rows}
        assert found == {
            ("bank", "USD"): (500, 0, 1), ("wallet", "USD"): (0, 500, 1),
            ("bank", "EUR"): (70, 0, 1), ("wallet", "EUR"): (0, 70, 1),
        }  # fmt: skip

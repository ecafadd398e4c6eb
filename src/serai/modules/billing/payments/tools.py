"""What drivers get of the platform: notes of their own, and for one of them the wallet."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from serai.kit import clock
from serai.kit.db import Database
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments.models import GatewayNote

# Where money rests between the wallet's payment and what it pays for.
CLEARING = LedgerAccountKey("gateway_clearing", party="wallet")


class KeptNotes:
    """Rows of `gateway_notes`, each change in a transaction of its own."""

    def __init__(self, database: Database, gateway: str) -> None:
        self._database, self._gateway = database, gateway

    async def get(self, key: str) -> dict[str, Any] | None:
        async with self._database.transaction() as session:
            row = await session.get(GatewayNote, (self._gateway, key))
            return dict(row.value) if row else None

    async def change(
        self, key: str, work: Callable[[dict[str, Any] | None], dict[str, Any]]
    ) -> dict[str, Any]:
        async with self._database.transaction() as session:
            fresh = insert(GatewayNote).values(
                gateway=self._gateway, key=key, value={}, updated_at=clock.now()
            )
            await session.execute(fresh.on_conflict_do_nothing())
            query = select(GatewayNote).where(GatewayNote.gateway == self._gateway, GatewayNote.key == key)
            row = (await session.execute(query.with_for_update(key_share=True))).scalar_one()
            row.value, row.updated_at = work(dict(row.value) or None), clock.now()
            return dict(row.value)


class LedgerWallet:
    """The wallet in our own books. What it pays rests in its clearing account, as any gateway's does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, account_id: str, amount: Money, key: str) -> bool:
        transfer = ledger.between(
            LedgerAccountKey("wallet", account_id), CLEARING, amount, key=f"wallet/{key}", kind="wallet_payment",
            account_id=account_id, subject=key,
        )  # fmt: skip
        async with self._database.transaction() as session:
            return await ledger.post_or_not(session, transfer)

    async def spent(self, key: str) -> Money | None:
        async with self._database.transaction() as session:
            transfer = await ledger.queries.by_key(session, f"wallet/{key}")
            if transfer is None:
                return None
            return Money(await ledger.queries.amount_of(session, transfer.id), transfer.currency)

    async def give_back(self, account_id: str, amount: Money, key: str) -> None:
        transfer = ledger.between(
            CLEARING, LedgerAccountKey("wallet", account_id), amount, key=f"wallet/{key}", kind="wallet_refund",
            account_id=account_id, subject=key,
        )  # fmt: skip
        async with self._database.transaction() as session:
            await ledger.post(session, transfer)

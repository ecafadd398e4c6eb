"""Notes and wallets in memory, for the lead's real ones stand in the database."""

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any

from serai.kit.money import Money

Note = dict[str, Any]


class MemoryNotes:
    """As strict as the database: notes are JSON, and nobody shares one with another."""

    def __init__(self) -> None:
        self.kept: dict[str, Note] = {}
        self._lock = asyncio.Lock()

    async def get(self, key: str) -> Note | None:
        await asyncio.sleep(0)
        return copy.deepcopy(self.kept.get(key))

    async def change(self, key: str, work: Callable[[Note | None], Note]) -> Note:
        async with self._lock:
            changed = work(copy.deepcopy(self.kept.get(key)))
            await asyncio.sleep(0)
            self.kept[key] = json.loads(json.dumps(changed))
            return copy.deepcopy(self.kept[key])


class MemoryWallet:
    def __init__(self) -> None:
        self.balance: dict[tuple[str, str], int] = {}
        self.moved: dict[str, Money] = {}

    def fill(self, account_id: str, money: Money) -> None:
        key = (account_id, money.currency)
        self.balance[key] = self.balance.get(key, 0) + money.amount

    async def spend(self, account_id: str, amount: Money, key: str) -> bool:
        await asyncio.sleep(0)
        if key in self.moved:
            return True
        held = (account_id, amount.currency)
        if self.balance.get(held, 0) < amount.amount:
            return False
        self.balance[held] -= amount.amount
        self.moved[key] = amount
        return True

    async def spent(self, key: str) -> Money | None:
        return self.moved.get(key)

    async def give_back(self, account_id: str, amount: Money, key: str) -> None:
        if key not in self.moved:
            self.moved[key] = amount
            self.fill(account_id, amount)

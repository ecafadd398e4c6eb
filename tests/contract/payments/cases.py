"""One case a driver: how its payer pays and declines there, and what really moved."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from serai.contracts.payments import (
    Charge,
    Gateway,
    GatewayFactory,
    GatewaySettings,
    GatewayTools,
    Outcome,
    Payer,
)
from serai.kit import ids
from serai.kit.money import Money
from tests.contract.payments.memory import MemoryNotes, MemoryWallet
from tests.contract.payments.servers.common import Faults

PUBLIC = "https://serai.test"
PAYER = Payer("acc_1", "Mona Ali", "mona@example.com", phone="+20 100 123 4567")
Signed = tuple[dict[str, str], bytes]


class Case(ABC):
    factory: GatewayFactory
    money = Money(2900, "USD")
    #: amounts with 0, 2 and 3 decimals that the gateway takes, and some that it does not
    takes: Sequence[Money] = (Money(2900, "JPY"), Money(2901, "USD"), Money(2910, "KWD"))
    refuses: Sequence[Money] = ()
    refunds = True
    #: settings that are wrong, and the field that has to be named
    wrong: Sequence[tuple[Mapping[str, str], str]] = ()
    saves = False
    has_notices = True
    #: whether its notices tell their age
    dated = True

    def __init__(self, values: Mapping[str, str], base_url: str | None = None) -> None:
        self.values = values
        self.base_url = base_url
        self.notes = MemoryNotes()
        self.wallet = MemoryWallet()
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []
        self.gateway = self.make()
        self.faults: Faults | None = None

    def make(self, **changed: str) -> Gateway:
        async def send(url: str, headers: Mapping[str, str], body: bytes) -> None:
            self.sent.append((url, headers, body))

        settings = GatewaySettings({**self.values, **changed}, PUBLIC, test_mode=True, base_url=self.base_url)
        return self.factory(settings, GatewayTools(self.notes, self.wallet, send))

    def charge(self, amount: Money | None = None, **changed: Any) -> Charge:
        made = Charge(
            ids.new("pay"), amount or self.money, "Starter, March 2026", PAYER, f"{PUBLIC}/console/paid",
            f"{PUBLIC}/webhooks/{self.factory.key}",
        )  # fmt: skip
        return replace(made, **changed)

    async def begin(self, charge: Charge) -> Outcome:
        return await self.gateway.start(charge)

    async def paid(self, amount: Money | None = None, **changed: Any) -> tuple[Charge, Outcome]:
        charge = self.charge(amount, **changed)
        outcome = await self.begin(charge)
        await self.pay(charge, outcome)
        return charge, await self.gateway.sync(charge.id, outcome.reference)

    @abstractmethod
    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        """The payer does what is to be done."""

    @abstractmethod
    async def declined(self) -> tuple[Charge, Outcome]: ...

    @abstractmethod
    async def moved(self, charge: Charge) -> list[Money]:
        """What was taken from the payer under this charge, as the vendor knows it."""

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        raise NotImplementedError

    async def forged(self, signed: Signed) -> list[Signed]:
        """Signed by somebody else, changed on the way, without a signature."""
        raise NotImplementedError

    async def save_method(self) -> str:
        raise NotImplementedError

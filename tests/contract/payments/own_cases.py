"""The gateways without a vendor."""

from datetime import timedelta
from typing import cast

from serai.contracts.payments import Charge, HostsPage, NeedsApproval, Outcome
from serai.drivers.payments import bank_transfer, instapay, sandbox, wallet
from serai.kit.clock import MovableClock
from serai.kit.money import Money
from tests.contract.payments.cases import Case, Signed

GOOD, SCA, POOR, SPENT_LATER, SLOW = (
    "4242424242424242", "4000002500003155", "4000000000009995", "4000000000000341", "4000000000000259",
)  # fmt: skip


class WalletCase(Case):
    factory = wallet.factory
    has_notices = False

    def __init__(self) -> None:
        super().__init__({})

    async def begin(self, charge: Charge) -> Outcome:
        if charge.id not in self.wallet.moved:
            self.wallet.balance[charge.payer.account_id, charge.amount.currency] = charge.amount.amount
        return await super().begin(charge)

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        return None

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        return charge, await self.gateway.start(charge)

    async def moved(self, charge: Charge) -> list[Money]:
        return [self.wallet.moved[charge.id]] if charge.id in self.wallet.moved else []


class TransferCase(Case):
    has_notices = False

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        await self._desk().approve(charge.id, approved=True, received=charge.amount, by="usr_staff")

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        await self.gateway.start(charge)
        return charge, await self._desk().approve(
            charge.id, approved=False, received=charge.amount, by="usr_1"
        )

    async def moved(self, charge: Charge) -> list[Money]:
        note = self.notes.kept.get(f"charge:{charge.id}", {})
        return [Money(note["received"], note["currency"])] if note.get("state") == "succeeded" else []

    def _desk(self) -> NeedsApproval:
        return cast("NeedsApproval", self.gateway)


class InstaPayCase(TransferCase):
    factory = instapay.factory
    money = Money(29000, "EGP")
    takes = (Money(29001, "EGP"),)
    refuses = (Money(2900, "USD"), Money(2900, "JPY"), Money(2900, "KWD"))
    wrong = (({"address": "not an address"}, "address"),)

    def __init__(self) -> None:
        super().__init__({"address": "serai@instapay", "holder": "Serai LLC"})


class BankTransferCase(TransferCase):
    factory = bank_transfer.factory
    refuses = (Money(2900, "GBP"),)
    wrong = (({"iban": "DE89370400440532013001"}, "iban"), ({"bic": "NONSENSE!"}, "bic"))

    def __init__(self) -> None:
        super().__init__(
            {"holder": "Serai GmbH", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX",
             "currencies": "EUR, USD, JPY, KWD"}
        )  # fmt: skip


class SandboxCase(Case):
    factory = sandbox.factory
    saves = True

    def __init__(self, clock: MovableClock) -> None:
        super().__init__({})
        self.clock = clock

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        await self.submit(outcome.reference, number=GOOD, expires="12/34")

    async def submit(self, reference: str, **fields: str) -> str:
        return await cast("HostsPage", self.gateway).submit(reference, fields)

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        outcome = await self.gateway.start(charge)
        await self.submit(outcome.reference, number=POOR, expires="12/34")
        return charge, await self.gateway.sync(charge.id, outcome.reference)

    async def moved(self, charge: Charge) -> list[Money]:
        """What its own books say, which its payouts are made of."""
        lines = [
            line for key, note in self.notes.kept.items() if key.startswith("day:")
            for name, line in note["lines"].items() if name == charge.id
        ]  # fmt: skip
        return [Money(each["amount"], each["currency"]) for each in lines]

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        (told,) = [each for each in self.sent if charge.id.encode() in each[2]]
        assert told[0] == charge.notify_url
        return {name.lower(): value for name, value in told[1].items()}, told[2]

    async def forged(self, signed: Signed) -> list[Signed]:
        headers, body = signed
        name = "serai-sandbox-signature"
        later = headers[name].replace("t=1", "t=2")
        return [
            (headers, body.replace(b"succeeded", b"cancelled")),
            ({}, body),
            ({name: headers[name][:-1] + ("0" if headers[name][-1] != "0" else "1")}, body),
            ({name: later}, body),
        ]

    async def save_method(self) -> str:
        _charge, outcome = await self.paid(Money(0, "USD"), save_method=True)
        assert outcome.method is not None
        return outcome.method.reference

    async def wait(self, seconds: int) -> None:
        self.clock.move(timedelta(seconds=seconds))

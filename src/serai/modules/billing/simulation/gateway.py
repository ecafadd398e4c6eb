"""A gateway that asks nobody: whether a card works is what the simulation says of its account."""

from collections.abc import Mapping
from datetime import datetime

from serai.contracts.payments import (
    Charge,
    ConfigField,
    Features,
    GatewaySettings,
    GatewayTools,
    Outcome,
    Payout,
    Refund,
    RefundOutcome,
    SavedMethod,
    WebhookEvent,
    WebhookRefused,
)
from serai.kit import clock, ids
from serai.kit.db import Database, Session
from serai.kit.errors import NotFound
from serai.kit.i18n import LazyText, lazy
from serai.kit.secrets import Vault
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.models import GatewayAccount, PaymentMethod
from serai.modules.billing.simulation.scenario import Pays

KEY = "simulated"
_CARD = SavedMethod("card", "Simulated •••• 0000", payer_reference="payer")


class Payers:
    """How each account pays; who is not named pays always."""

    def __init__(self) -> None:
        self._pays: dict[str, Pays] = {}

    def put(self, account_id: str, pays: Pays) -> None:
        self._pays[account_id] = pays

    def of(self, account_id: str) -> Pays:
        return self._pays.get(account_id) or Pays()


class SimulatedGateway:
    """Fulfils `ports.Gateway`. What was answered once stays the answer, as with a real one."""

    key = KEY
    features = Features(save_methods=True, off_session=True)

    def __init__(self, payers: Payers) -> None:
        self._payers = payers
        self._answers: dict[str, Outcome] = {}

    async def start(self, charge: Charge) -> Outcome:
        if charge.id not in self._answers:
            works = self._payers.of(charge.payer.account_id).works(clock.now())
            method = _CARD if charge.save_method else None
            self._answers[charge.id] = (
                Outcome("succeeded", charge.id, amount=charge.amount, method=method)
                if works
                else Outcome("failed", charge.id, error="The simulated card was declined.", code="declined")
            )
        return self._answers[charge.id]

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        if charge_id not in self._answers:
            raise NotFound("The simulation knows no such charge.")
        return self._answers[charge_id]

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        return self._answers.setdefault(charge_id, Outcome("cancelled", reference))

    async def refund(self, refund: Refund) -> RefundOutcome:
        return RefundOutcome("succeeded", refund.id)

    async def forget(self, method: str) -> None:
        return

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        raise WebhookRefused("The simulation sends no notices.")

    async def test(self) -> str:
        return "The simulation asks nobody."

    async def payouts(self, since: datetime) -> list[Payout]:
        return []


class _Factory:
    key = KEY
    name: LazyText = lazy("Simulation")
    fields: tuple[ConfigField, ...] = ()

    def __init__(self, payers: Payers) -> None:
        self._gateway = SimulatedGateway(payers)

    def __call__(self, settings: GatewaySettings, tools: GatewayTools) -> SimulatedGateway:
        return self._gateway


class SimulatedGateways(Gateways):
    """All there is to pay with in a scratch database."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.payers = Payers()
        super().__init__(database, vault, "http://simulation.invalid", {KEY: _Factory(self.payers)}, _nobody)

    async def prepare(self, session: Session) -> None:
        """The gateway as one that was set up and switched on."""
        now = clock.now()
        session.add(
            GatewayAccount(
                key=KEY, enabled=True, test_mode=True, sealed_values=self.vault.seal("{}"), base_url=None,
                position=0, tested_at=now, test_result="", updated_at=now,
            )
        )  # fmt: skip
        await session.flush()

    def method(self, account_id: str) -> PaymentMethod:
        """A saved card of that account."""
        return PaymentMethod(
            id=ids.new("pm"), account_id=account_id, gateway=KEY, kind=_CARD.kind, label=_CARD.label,
            expires=None, sealed_reference=self.vault.seal(_CARD.reference),
            payer_reference=_CARD.payer_reference, state="active", is_default=True, created_at=clock.now(),
        )  # fmt: skip


async def _nobody(url: str, headers: Mapping[str, str], body: bytes) -> None:
    return

"""One machinery for money that a person of the staff has to see arrive."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serai.contracts.payments import (
    Charge,
    Features,
    GatewaySettings,
    GatewayTools,
    Outcome,
    Payout,
    Refund,
    RefundOutcome,
    WebhookEvent,
    WebhookRefused,
)
from serai.drivers.payments import amounts, refunds
from serai.drivers.payments.claims import charge_of, claim
from serai.drivers.payments.transfers import book
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import LANGUAGES, PSEUDO, SOURCE, LazyText, _, use_locale
from serai.kit.money import Money

_ATTEMPTS = 20


class Transfers(ABC):
    """A Gateway and NeedsApproval. Vendors say what the payer has to do, and how references look."""

    key: str
    name: LazyText | str

    def __init__(self, settings: GatewaySettings, tools: GatewayTools, features: Features) -> None:
        self.features = features
        self.values = settings.values
        self._notes = tools.notes

    @abstractmethod
    def reference(self, seed: str) -> str: ...

    @abstractmethod
    def read_reference(self, typed: str) -> str | None:
        """As `reference` writes it, or None when its check digits do not fit."""

    @abstractmethod
    def instructions(self, reference: str, amount: Money) -> Mapping[str, str]:
        """In the present language."""

    @abstractmethod
    def check(self) -> str:
        """As `Gateway.test`."""

    async def start(self, charge: Charge) -> Outcome:
        amounts.chargeable(charge.amount)
        amounts.supported(charge.amount, self.features.currencies)
        if charge.save_method or charge.method:
            raise Invalid(_("Transfers are made anew each time; there is no method to save."))
        possible = (self.reference(f"{charge.id}/{attempt}") for attempt in range(_ATTEMPTS))
        reference = await claim(self._notes, charge.id, *possible)
        note = await self._notes.change(
            f"charge:{charge.id}", lambda note: book.expected(note, charge, reference)
        )
        return self._outcome(note)

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        return self._outcome(book.known(await self._notes.get(f"charge:{charge_id}")))

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        return self._outcome(await self._notes.change(f"charge:{charge_id}", book.cancelled))

    async def find(self, typed: str) -> str:
        reference = self.read_reference(typed)
        if reference is None:
            raise Invalid(_("This reference is mistyped: its check digits do not fit."))
        charge_id = await charge_of(self._notes, reference)
        if charge_id is None:
            raise NotFound(_("No transfer is expected under this reference."))
        return charge_id

    async def add_receipt(self, charge_id: str, *, file: str, text: str = "") -> Outcome:
        changed = await self._notes.change(
            f"charge:{charge_id}", lambda note: book.with_receipt(note, file, text)
        )
        return self._outcome(changed)

    async def receipts(self, charge_id: str) -> list[Mapping[str, str]]:
        return list(book.known(await self._notes.get(f"charge:{charge_id}"))["receipts"])

    async def approve(self, charge_id: str, *, approved: bool, received: Money, by: str) -> Outcome:
        changed = await self._notes.change(
            f"charge:{charge_id}",
            lambda note: book.decided(note, approved=approved, received=received, by=by),
        )
        return self._outcome(changed)

    async def refund(self, refund: Refund) -> RefundOutcome:
        changed = await self._notes.change(
            f"charge:{refund.charge_id}", lambda note: book.with_refund(note, refund)
        )
        return refunds.outcome(changed, refund.id)

    async def approve_refund(self, charge_id: str, refund_id: str, *, sent: bool, by: str) -> RefundOutcome:
        changed = await self._notes.change(
            f"charge:{charge_id}",
            lambda note: book.with_refund_decided(note, refund_id, sent=sent, by=by),
        )
        return refunds.outcome(changed, refund_id)

    async def forget(self, method: str) -> None:
        return None

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        raise WebhookRefused(f"{self.key} sends no notices; a person approves what arrived.")

    async def test(self) -> str:
        return self.check()

    async def payouts(self, since: datetime) -> list[Payout]:
        return []

    def _outcome(self, note: dict[str, Any]) -> Outcome:
        reference, currency = note["reference"], note["currency"]
        if note["state"] == "succeeded":
            return Outcome("succeeded", reference, amount=Money(note["received"], currency))
        if note["state"] == "cancelled":
            return Outcome("cancelled", reference)
        with use_locale(note["language"] if note["language"] in {*LANGUAGES, PSEUDO} else SOURCE):
            if note["state"] == "failed":
                error = _("The transfer was not accepted. Ask the support team, or pay in another way.")
                return Outcome("failed", reference, error=error, code="not_accepted", final=True)
            shown = self.instructions(reference, Money(note["amount"], currency))
            return Outcome("pending", reference, instructions=shown)

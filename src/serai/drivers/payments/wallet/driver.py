"""The ledger decides; this only speaks the contract."""

from collections.abc import Mapping
from datetime import datetime

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
from serai.kit.errors import Invalid, NotFound, Unavailable
from serai.kit.i18n import _


class Wallet:
    """An outcome's reference is `account id/charge id`: what a refund has to name the wallet by."""

    key = "wallet"
    features = Features()

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        if tools.wallet is None:
            raise Unavailable(_("There are no wallets on this platform."))
        self._book = tools.wallet
        self._notes = tools.notes

    async def start(self, charge: Charge) -> Outcome:
        amounts.chargeable(charge.amount)
        if charge.save_method:
            raise Invalid(_("A wallet is no payment method to save: it is always there."))
        reference = f"{charge.payer.account_id}/{charge.id}"
        if await self._book.spend(charge.payer.account_id, charge.amount, charge.id):
            return await self.sync(charge.id, reference)
        error = _("The wallet holds less than this. Top it up, or pay in another way.")
        return Outcome("failed", reference, error=error, code="insufficient_funds")

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        """What was not spent has failed: a movement in our own books is never on its way."""
        spent = await self._book.spent(charge_id)
        if spent is None:
            return Outcome(
                "failed", reference, error=_("Nothing was taken from the wallet."), code="not_spent"
            )
        return Outcome("succeeded", reference, amount=spent)

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        spent = await self._book.spent(charge_id)
        return Outcome("cancelled", reference) if spent is None else await self.sync(charge_id, reference)

    async def refund(self, refund: Refund) -> RefundOutcome:
        spent = await self._book.spent(refund.charge_id)
        if spent is None:
            raise NotFound(_("Nothing was taken from the wallet under this payment."))
        note = await self._notes.change(
            f"charge:{refund.charge_id}", lambda note: refunds.claim(note or {}, refund, spent, "succeeded")
        )
        account_id = refund.reference.partition("/")[0]
        await self._book.give_back(account_id, refund.amount, refund.id)
        return refunds.outcome(note, refund.id)

    async def forget(self, method: str) -> None:
        return None

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        raise WebhookRefused("The wallet sends no notices.")

    async def test(self) -> str:
        await self._book.spent("a-charge-that-never-was")
        return _("The ledger answers. Nothing has to be set up for wallets.")

    async def payouts(self, since: datetime) -> list[Payout]:
        return []

"""An order a charge, captured when it is looked at. What PayPal forgets, the notes remember."""

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
)
from serai.drivers.payments import amounts
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.paypal import orders, saving, webhook
from serai.drivers.payments.paypal.api import Api, Refused
from serai.drivers.payments.paypal.refunds import give_back
from serai.drivers.payments.paypal.settings import CURRENCIES, FIELDS, NAME
from serai.kit.errors import NotFound, Unavailable
from serai.kit.i18n import _

Note = dict[str, Any]


class PayPal:
    """Outcomes' references are ids of orders, or of setup tokens with `setup:` before them."""

    key = "paypal"
    features = Features(save_methods=True, off_session=True, currencies=CURRENCIES)

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        self._settings = settings
        self._notes = tools.notes
        self._api = Api(settings)

    async def start(self, charge: Charge) -> Outcome:
        if charge.save_method and charge.amount.amount == 0:
            return await saving.begin(self._api, self._notes, charge)
        amounts.chargeable(charge.amount)
        amounts.supported(charge.amount, CURRENCIES)
        before = await self._notes.get(f"charge:{charge.id}") or {}
        if before.get("reference") or before.get("declined"):
            return await self.sync(charge.id, before.get("reference", ""))
        try:
            made = await self._api.post("/v2/checkout/orders", orders.order(charge), key=charge.id)
        except Refused as error:
            return await self._declined(charge.id, "", error)
        await self._note(charge.id, reference=made["id"])
        return orders.of_order(made)

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        note = await self._notes.get(f"charge:{charge_id}") or {}
        reference = reference or note.get("reference", "")
        if not reference and note.get("declined"):
            return _refusal("", note["declined"])
        if reference.startswith(saving.PREFIX):
            return await saving.sync(self._api, self._notes, charge_id, reference)
        try:
            found = await self._order(charge_id, reference)
        except NotFound:
            if not reference or note.get("reference") != reference:
                raise
            return _lapsed(reference)
        outcome = orders.of_order(found)
        if found.get("status") == "COMPLETED":
            return outcome
        if note.get("declined"):  # it stays so, though the payer may approve the order once more
            return _refusal(reference, note["declined"])
        if note.get("cancelled"):
            return Outcome("cancelled", reference)
        return await self._capture(charge_id, reference) if found.get("status") == "APPROVED" else outcome

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        """PayPal cancels no orders; ours is never captured after this, so it lapses by itself."""
        if reference.startswith(saving.PREFIX):
            return await saving.cancel(self._notes, charge_id, reference)
        note = await self._notes.change(f"charge:{charge_id}", _cancelled)
        reference = reference or note.get("reference", "")
        return await self.sync(charge_id, reference) if reference else Outcome("cancelled", "")

    async def refund(self, refund: Refund) -> RefundOutcome:
        found = await self._order(refund.charge_id, refund.reference)
        return await give_back(self._api, self._notes, refund, orders.capture_of(found))

    async def forget(self, method: str) -> None:
        try:
            await self._api.delete(f"/v3/vault/payment-tokens/{_path(method)}")
        except NotFound:
            return

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return await webhook.read(self._api, value(self._settings.values, "webhook_id"), headers, body)

    async def test(self) -> str:
        try:
            await self._api.get(
                f"/v1/notifications/webhooks/{_path(value(self._settings.values, 'webhook_id'))}"
            )
        except (NotFound, Refused) as error:
            raise wrong(NAME, FIELDS[2].label, "webhook_id") from error
        asked = {"currency_code": "USD", "value": "1.00"}
        body = {"intent": "CAPTURE", "purchase_units": [{"amount": asked, "description": "Serai: test"}]}
        made = await self._api.post("/v2/checkout/orders", body)
        await self._api.get(f"/v2/checkout/orders/{_path(made['id'])}")
        return _("An order of 1.00 USD was made, which nobody can pay, and the webhook was found.")

    async def payouts(self, since: datetime) -> list[Payout]:
        """PayPal keeps money in its balance until somebody moves it; no interface tells of that."""
        return []

    async def _order(self, charge_id: str, reference: str) -> Note:
        if not reference:
            raise NotFound(_("PayPal knows no such payment."))
        found = await self._api.get(f"/v2/checkout/orders/{_path(reference)}")
        if orders.charge_of(found) != charge_id:
            raise NotFound(_("PayPal knows no such payment."))
        return found

    async def _capture(self, charge_id: str, reference: str) -> Outcome:
        note = await self._note(charge_id, reference=reference)
        note = await self._notes.change(f"charge:{charge_id}", _capturing)
        if note.get("cancelled"):
            return Outcome("cancelled", reference)
        path = f"/v2/checkout/orders/{_path(reference)}/capture"
        try:
            captured = await self._api.post(path, {}, key=f"{charge_id}:capture")
        except Refused as error:
            if error.issue == "ORDER_ALREADY_CAPTURED":
                return orders.of_order(await self._order(charge_id, reference))
            return await self._declined(charge_id, reference, error)
        return orders.of_order(captured)

    async def _declined(self, charge_id: str, reference: str, error: Refused) -> Outcome:
        if error.issue == "DUPLICATE_INVOICE_ID":
            raise Unavailable(
                _("PayPal took this payment before and its answer was lost. Look for %(id)s in PayPal.",
                  id=charge_id)
            ) from error  # fmt: skip
        if error.issue not in orders.DECLINES:
            raise error
        said = {"message": error.message, "issue": error.issue}
        await self._note(charge_id, declined=said)
        return _refusal(reference, said)

    async def _note(self, charge_id: str, **values: object) -> Note:
        return await self._notes.change(f"charge:{charge_id}", lambda note: {**(note or {}), **values})


def _cancelled(note: Note | None) -> Note:
    """Whoever is capturing at this moment was first."""
    found = note or {}
    return found if found.get("capturing") else {**found, "cancelled": True}


def _capturing(note: Note | None) -> Note:
    found = note or {}
    return found if found.get("cancelled") else {**found, "capturing": True}


def _refusal(reference: str, said: Mapping[str, str]) -> Outcome:
    final = said["issue"] in orders.FINAL_ISSUES
    return Outcome("failed", reference, error=said["message"], code=said["issue"], final=final)


def _lapsed(reference: str) -> Outcome:
    """PayPal forgets orders that nobody approved in time."""
    return Outcome("failed", reference, error=_("The payment was not made, or not in time."), code="expired")


def _path(part: str) -> str:
    return saving.path(part)

"""An invoice a charge. Fawaterk knows no idempotency: what was made stands in the notes, and an invoice
whose answer was lost is one whose link nobody has."""

import json
import re
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
from serai.drivers.payments import amounts, refunds
from serai.drivers.payments.factories import value
from serai.drivers.payments.fawaterk import webhook
from serai.drivers.payments.fawaterk.api import NAME, Api
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.money import Money

# Riyals are called SR there; the others by their codes.
_TO_VENDOR = {"SAR": "SR"}
_FROM_VENDOR = {"SR": "SAR"}
_CURRENCIES = frozenset({"AED", "BHD", "EGP", "KWD", "QAR", "SAR", "USD"})
_NOT_IN_NAMES = re.compile(r"[^\w@\-. ]")


class Fawaterk:
    key = "fawaterk"
    features = Features(refunds=False, partial_refunds=False, currencies=_CURRENCIES)

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        self._api = Api(settings)
        self._notes = tools.notes
        self._secret = value(settings.values, "vendor_key") or value(settings.values, "api_key")

    async def start(self, charge: Charge) -> Outcome:
        amounts.chargeable(charge.amount)
        amounts.supported(charge.amount, _CURRENCIES)
        if charge.save_method or charge.method:
            raise Invalid(_("%(gateway)s saves no payment methods here.", gateway=NAME))
        note = await self._notes.get(f"charge:{charge.id}")
        if note is None:
            made = await self._api.post("createInvoiceLink", _invoice(charge))
            kept = {"reference": str(made["invoiceId"]), "url": str(made["url"])}
            # Of two at once the first link counts, the other is given to nobody.
            note = await self._notes.change(f"charge:{charge.id}", lambda note: note or kept)
        return await self.sync(charge.id, note["reference"])

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        note = await self._notes.get(f"charge:{charge_id}") or {}
        reference = reference or note.get("reference", "")
        if not reference.isdecimal():
            raise NotFound(_("Fawaterk knows no such payment."))
        found = await self._api.get(f"getInvoiceData/{reference}")
        if not isinstance(found, dict) or _charge_of(found.get("pay_load")) != charge_id:
            raise NotFound(_("Fawaterk knows no such payment."))
        return _outcome(found, reference, note)

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        """The link cannot be taken back; should it be paid all the same, `sync` says so."""
        outcome = await self.sync(charge_id, reference)
        if outcome.state != "requires_action":
            return outcome
        await self._notes.change(f"charge:{charge_id}", lambda note: {**(note or {}), "cancelled": True})
        return Outcome("cancelled", outcome.reference)

    async def refund(self, refund: Refund) -> RefundOutcome:
        raise refunds.by_hand(NAME)

    async def forget(self, method: str) -> None:
        return None

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return webhook.read(body, self._secret, _charge_of)

    async def test(self) -> str:
        methods = await self._api.get("getPaymentmethods")
        names = [str(each.get("name_en") or each.get("paymentId")) for each in methods or []]
        if not names:
            raise Invalid(_("The key is good, but Fawaterk has switched on no way to pay for this account."))
        return _("The key is good. Payers may use %(methods)s.", methods=", ".join(names))

    async def payouts(self, since: datetime) -> list[Payout]:
        return []


def _invoice(charge: Charge) -> dict[str, Any]:
    """Fawaterk sends no link of its own, so that only we give it to the payer."""
    amount = amounts.written(charge.amount)
    first, _space, last = _name(charge.payer.name).partition(" ")
    return {
        "cartTotal": amount,
        "currency": _TO_VENDOR.get(charge.amount.currency, charge.amount.currency),
        "customer": {
            "first_name": first, "last_name": last.strip() or first, "email": charge.payer.email,
            "phone": re.sub(r"[^\d+]", "", charge.payer.phone or ""),
        },
        "cartItems": [{"name": _name(charge.description)[:100], "price": amount, "quantity": "1"}],
        "payLoad": {"charge": charge.id},
        "redirectionUrls": {
            "successUrl": charge.return_url, "failUrl": charge.return_url, "pendingUrl": charge.return_url,
            "webhookUrl": webhook.as_json(charge.notify_url),
        },
        "sendEmail": False,
        "sendSMS": False,
    }  # fmt: skip


def _name(text: str) -> str:
    """Only the letters it takes; Arabic ones are among them."""
    return " ".join(_NOT_IN_NAMES.sub(" ", text).split()) or "-"


def _outcome(found: Mapping[str, Any], reference: str, note: Mapping[str, Any]) -> Outcome:
    if str(found.get("paid")).lower() in {"1", "true"}:
        return Outcome("succeeded", reference, amount=_total(found))
    status = str(found.get("status_text") or "").lower()
    if status in {"canceled", "cancelled", "expired", "failed"}:
        error = _("The payment was not made, or not in time.")
        return Outcome("failed", reference, error=error, code=status)
    if note.get("cancelled"):
        return Outcome("cancelled", reference)
    return Outcome("requires_action", reference, redirect_url=note.get("url"))


def _total(found: Mapping[str, Any]) -> Money:
    currency = str(found.get("currency"))
    return amounts.read(found.get("total"), _FROM_VENDOR.get(currency, currency))


def _charge_of(payload: object) -> str | None:
    """It comes back as it was sent, or as JSON in a string."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except ValueError:
            return None
    named = payload.get("charge") if isinstance(payload, dict) else None
    return named if isinstance(named, str) else None

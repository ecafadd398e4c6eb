"""A number a try. EasyKash knows payments by numbers of ours, which it takes only once each; a page whose
answer was lost is one whose address nobody has, and all tries are asked for when we look."""

import hashlib
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
from serai.drivers.payments.claims import charge_of, claim
from serai.drivers.payments.easykash import webhook
from serai.drivers.payments.easykash.api import FIELDS, NAME, Api
from serai.drivers.payments.factories import value
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _

Note = dict[str, Any]
_PAID = {"PAID", "DELIVERED", "REFUNDED"}
_WAITING = {"NEW", "PENDING"}
_CASH_HOURS = 48


class EasyKash:
    """Other currencies than pounds it converts, and then says another amount than was asked for."""

    key = "easykash"
    features = Features(refunds=False, partial_refunds=False, currencies=frozenset({"EGP"}))

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        self._api = Api(settings)
        self._values = settings.values
        self._notes = tools.notes

    async def start(self, charge: Charge) -> Outcome:
        amounts.chargeable(charge.amount)
        amounts.supported(charge.amount, self.features.currencies)
        if charge.save_method or charge.method:
            raise Invalid(_("%(gateway)s saves no payment methods here.", gateway=NAME))
        note = await self._notes.get(f"charge:{charge.id}") or {}
        if not note.get("url"):
            await self._make_page(charge)
        return await self.sync(charge.id, "")

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        note = await self._notes.get(f"charge:{charge_id}") or {}
        if not note.get("tries"):
            raise NotFound(_("EasyKash knows no such payment."))
        found = {each: await self._api.inquire(each) for each in note["tries"]}
        for each, answer in found.items():
            if answer and _status(answer) in _PAID:
                return Outcome("succeeded", each, amount=amounts.read(answer.get("Amount"), "EGP"))
        current = note.get("reference") or note["tries"][-1]
        return _unpaid(current, found.get(current), note)

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        """The page cannot be taken back; should it be paid all the same, `sync` says so."""
        outcome = await self.sync(charge_id, reference)
        if outcome.state in {"succeeded", "failed"}:
            return outcome
        await self._notes.change(f"charge:{charge_id}", lambda note: {**(note or {}), "cancelled": True})
        return Outcome("cancelled", outcome.reference)

    async def refund(self, refund: Refund) -> RefundOutcome:
        raise refunds.by_hand(NAME)

    async def forget(self, method: str) -> None:
        return None

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        found = webhook.verified(body, value(self._values, "hmac_secret"))
        reference = str(found.get("customerReference"))
        return webhook.notice(found, await charge_of(self._notes, reference))

    async def test(self) -> str:
        if not re.fullmatch(r"[\d\s,]*", value(self._values, "options")):
            message = _("Write numbers such as 2, 4, 5, or leave it empty.")
            raise Invalid(message, fields={"options": message})
        await self._api.inquire(_number("a-charge-that-never-was"))
        return _("The key is good. The HMAC secret is proven by the first callback only: pay a small amount.")

    async def payouts(self, since: datetime) -> list[Payout]:
        return []

    async def _make_page(self, charge: Charge) -> None:
        if not self._mobile(charge):
            message = _("EasyKash needs the payer's mobile number.")
            raise Invalid(message, fields={"phone": message})
        note = await self._notes.change(f"charge:{charge.id}", lambda note: _tried(note, charge.id))
        reference = note["tries"][-1]
        await claim(self._notes, charge.id, reference)
        url = await self._api.pay(self._asked(charge, reference))

        def keep(note: Note | None) -> Note:
            found = note or {}
            return found if found.get("url") else {**found, "url": url, "reference": reference}

        await self._notes.change(f"charge:{charge.id}", keep)

    def _asked(self, charge: Charge, reference: str) -> dict[str, Any]:
        asked: dict[str, Any] = {
            # A number is wanted; of a float the shortest decimal is written, which is the amount again.
            "amount": float(amounts.written(charge.amount, 2)),
            "currency": charge.amount.currency,
            "cashExpiry": _CASH_HOURS,
            "name": charge.payer.name[:50],
            "email": charge.payer.email,
            "mobile": self._mobile(charge),
            "redirectUrl": charge.return_url,
            "customerReference": int(reference),
        }
        options = [int(each) for each in re.findall(r"\d+", value(self._values, FIELDS[2].name))]
        return {**asked, "paymentOptions": options} if options else asked

    def _mobile(self, charge: Charge) -> str:
        return re.sub(r"[^\d+]", "", charge.payer.phone or value(self._values, "mobile"))


def _unpaid(reference: str, answer: Mapping[str, Any] | None, note: Note) -> Outcome:
    status = _status(answer) if answer else "NEW"
    if status not in _WAITING:
        error = _("The payment was not made, or not in time.")
        return Outcome("failed", reference, error=error, code=status.lower())
    if note.get("cancelled"):
        return Outcome("cancelled", reference)
    if answer and answer.get("voucher"):
        shown = {_("Pay in cash with the code"): str(answer["voucher"])}
        return Outcome("pending", reference, redirect_url=note.get("url"), instructions=shown)
    return Outcome("requires_action", reference, redirect_url=note.get("url"))


def _status(answer: Mapping[str, Any]) -> str:
    return str(answer.get("status")).upper()


def _tried(note: Note | None, charge_id: str) -> Note:
    """One more try, whose number nobody else at work on the same charge has."""
    tries = (note or {}).get("tries", [])
    return {**(note or {}), "tries": [*tries, _number(f"{charge_id}/{len(tries)}")]}


def _number(seed: str) -> str:
    """Fifteen digits, which every language holds exactly."""
    return str(10**14 + int.from_bytes(hashlib.sha256(seed.encode()).digest()) % (9 * 10**14))

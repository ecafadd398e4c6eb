from collections.abc import Mapping
from typing import Any

from serai.contracts.payments import Notes, Refund, RefundOutcome, RefundState
from serai.drivers.payments.paypal.api import Api, Refused
from serai.drivers.payments.paypal.saving import path
from serai.drivers.payments.paypal.settings import to_paypal
from serai.drivers.payments.refunds import too_much
from serai.kit.errors import NotFound
from serai.kit.i18n import _

_STATES: dict[str, RefundState] = {"COMPLETED": "succeeded", "PENDING": "pending"}
_TOO_MUCH = {"REFUND_AMOUNT_EXCEEDED", "CAPTURE_FULLY_REFUNDED", "MAX_NUMBER_OF_REFUNDS_EXCEEDED"}


async def give_back(api: Api, notes: Notes, refund: Refund, capture: Mapping[str, Any]) -> RefundOutcome:
    """PayPal forgets request ids after some hours; the note does not."""
    before = await notes.get(f"refund:{refund.id}")
    if before:
        return _outcome(await api.get(f"/v2/payments/refunds/{path(before['reference'])}"))
    if "id" not in capture:
        raise NotFound(_("Nothing was paid under this payment."))
    body = {"amount": to_paypal(refund.amount), "custom_id": refund.id, "invoice_id": refund.id}
    if refund.reason:
        body["note_to_payer"] = refund.reason[:255]
    address = f"/v2/payments/captures/{path(str(capture['id']))}/refund"
    try:
        made = await api.post(address, body, key=refund.id)
    except Refused as error:
        raise (too_much() if error.issue in _TOO_MUCH else error) from error
    await notes.change(f"refund:{refund.id}", lambda note: note or {"reference": made["id"]})
    return _outcome(made)


def _outcome(found: Mapping[str, Any]) -> RefundOutcome:
    state = _STATES.get(str(found.get("status")), "failed")
    reason = (found.get("status_details") or {}).get("reason")
    return RefundOutcome(state, str(found["id"]), str(reason) if reason and state != "succeeded" else None)

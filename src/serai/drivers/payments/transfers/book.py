"""Expected transfers, as notes. All changes are functions of the note, done under its lock."""

from typing import Any

from serai.contracts.payments import Charge, Refund
from serai.drivers.payments import refunds
from serai.kit import clock
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import _
from serai.kit.money import Money

Note = dict[str, Any]


def expected(note: Note | None, charge: Charge, reference: str) -> Note:
    """A charge expected before stays as it was."""
    return note or {
        "reference": reference,
        "amount": charge.amount.amount,
        "currency": charge.amount.currency,
        "language": charge.payer.language,
        "state": "pending",
        "receipts": [],
        "refunds": {},
    }


def with_receipt(note: Note | None, file: str, text: str) -> Note:
    found = known(note)
    if found["state"] != "pending":
        raise Conflict(_("This payment is decided already; a receipt changes nothing any more."))
    if any(each["file"] == file for each in found["receipts"]):
        return found
    entry = {"file": file, "text": text[:1000], "at": clock.now().isoformat()}
    return {**found, "receipts": [*found["receipts"], entry]}


def decided(note: Note | None, *, approved: bool, received: Money, by: str) -> Note:
    found = known(note)
    if received.currency != found["currency"]:
        raise Invalid(
            _("This payment is expected in %(currency)s.", currency=found["currency"]),
            fields={"received": _("Another currency than expected.")},
        )
    if approved and received.amount <= 0:
        raise Invalid(
            _("Say how much arrived."), fields={"received": _("An amount to pay is larger than zero.")}
        )
    state = "succeeded" if approved else "failed"
    if found["state"] == "pending":
        return {**found, "state": state, "received": received.amount, "by": by, "at": clock.now().isoformat()}
    if found["state"] == state and (not approved or found["received"] == received.amount):
        return found
    raise Conflict(_("Somebody decided otherwise about this payment before. Look at it again."))


def cancelled(note: Note | None) -> Note:
    found = known(note)
    return {**found, "state": "cancelled"} if found["state"] == "pending" else found


def with_refund(note: Note | None, refund: Refund) -> Note:
    found = known(note)
    if found["state"] != "succeeded":
        raise Invalid(_("Nothing was received, so there is nothing to give back."))
    return refunds.claim(found, refund, Money(found["received"], found["currency"]), "pending")


def with_refund_decided(note: Note | None, refund_id: str, *, sent: bool, by: str) -> Note:
    found = known(note)
    entry = found["refunds"].get(refund_id)
    if entry is None:
        raise NotFound(_("There is no such refund."))
    state = "succeeded" if sent else "failed"
    if entry["state"] not in {"pending", state}:
        raise Conflict(_("Somebody decided otherwise about this refund before. Look at it again."))
    error = None if sent else _("The money could not be sent back.")
    changed = {**entry, "state": state, "error": error, "by": by}
    return {**found, "refunds": {**found["refunds"], refund_id: changed}}


def known(note: Note | None) -> Note:
    if not note:
        raise NotFound(_("No transfer is expected under this payment."))
    return note

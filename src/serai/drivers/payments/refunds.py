"""Refunds that a driver keeps count of itself, as notes: `{"refunds": {id: {amount, state, error, at}}}`."""

from typing import Any

from serai.contracts.payments import Refund, RefundOutcome
from serai.kit import clock
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.money import Money


def claim(note: dict[str, Any], refund: Refund, paid: Money, state: str) -> dict[str, Any]:
    """The note with this refund in it; one that is there already stays as it is. Raises Invalid for more
    than is left."""
    kept: dict[str, Any] = note.get("refunds", {})
    if refund.id in kept:
        return note
    if refund.amount.amount <= 0:
        raise Invalid(_("An amount to give back is larger than zero."))
    given = sum(each["amount"] for each in kept.values() if each["state"] != "failed")
    left = paid - Money(given, paid.currency)
    if left < refund.amount:
        raise too_much()
    entry = {"amount": refund.amount.amount, "state": state, "error": None, "at": clock.now().isoformat()}
    return {**note, "refunds": {**kept, refund.id: entry}}


def outcome(note: dict[str, Any], refund_id: str) -> RefundOutcome:
    entry = note["refunds"][refund_id]
    return RefundOutcome(entry["state"], refund_id, entry["error"])


def too_much() -> Invalid:
    return Invalid(_("This is more than is left of the payment."), code="billing.refund_too_large")


def by_hand(gateway: str) -> Invalid:
    """For vendors whose public interface knows no refunds."""
    return Invalid(
        _("%(gateway)s gives money back in its own pages only: do it there by hand.",
          gateway=gateway),
        code="billing.refund_by_hand",
    )  # fmt: skip

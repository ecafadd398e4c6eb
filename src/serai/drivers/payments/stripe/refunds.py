from typing import Any, Literal

import stripe

from serai.contracts.payments import Refund, RefundOutcome, RefundState
from serai.drivers.payments.refunds import too_much
from serai.drivers.payments.stripe.money import to_stripe
from serai.drivers.payments.stripe.outcomes import part

_STATES: dict[str, RefundState] = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
_TOO_MUCH = {"charge_already_refunded", "amount_too_large"}


async def give_back(client: stripe.StripeClient, refund: Refund) -> RefundOutcome:
    """Looks for it first: Stripe forgets idempotency keys after a day."""
    before = await client.v1.refunds.list_async({"payment_intent": refund.reference, "limit": 100})
    async for each in before.auto_paging_iter():
        if part(each.metadata, "refund") == refund.id:
            return _outcome(each)
    reason: Literal["requested_by_customer"] = "requested_by_customer"
    try:
        made = await client.v1.refunds.create_async(
            {
                "payment_intent": refund.reference, "amount": to_stripe(refund.amount), "reason": reason,
                "metadata": {"refund": refund.id, "charge": refund.charge_id, "why": refund.reason[:400]},
            },
            {"idempotency_key": refund.id},
        )  # fmt: skip
    except stripe.InvalidRequestError as error:
        if error.code in _TOO_MUCH or "greater than" in (error.user_message or ""):
            raise too_much() from error
        raise
    return _outcome(made)


def _outcome(found: Any) -> RefundOutcome:
    state = _STATES.get(found.status or "", "pending")
    reason = getattr(found, "failure_reason", None)
    return RefundOutcome(state, found.id, reason if state == "failed" else None)

"""Payouts with what was in them, from the balance's movements."""

from datetime import UTC, datetime
from typing import Any

import stripe

from serai.contracts.payments import Payout, PayoutLine
from serai.drivers.payments.stripe.money import from_stripe

_PAYMENTS = {"charge", "payment"}
_REFUNDS = {"refund", "payment_refund"}


async def arrived(client: stripe.StripeClient, since: datetime) -> list[Payout]:
    listed = await client.v1.payouts.list_async(
        {"status": "paid", "arrival_date": {"gte": int(since.timestamp())}, "limit": 100}
    )
    return [await _payout(client, each) async for each in listed.auto_paging_iter()]


async def _payout(client: stripe.StripeClient, payout: Any) -> Payout:
    movements = await client.v1.balance_transactions.list_async(
        {"payout": payout.id, "limit": 100, "expand": ["data.source"]}
    )
    found = [_line(each) async for each in movements.auto_paging_iter()]
    return Payout(
        payout.id, from_stripe(payout.amount, payout.currency),
        datetime.fromtimestamp(payout.arrival_date, UTC), tuple(each for each in found if each),
    )  # fmt: skip


def _line(movement: Any) -> PayoutLine | None:
    """The payout itself and Stripe's own bookings are no lines. References are those of the charges."""
    if movement.type not in _PAYMENTS | _REFUNDS:
        return None
    source = movement.source
    reference = getattr(source, "payment_intent", None) or getattr(source, "id", None) or str(source)
    return PayoutLine(
        reference if isinstance(reference, str) else reference.id,
        from_stripe(movement.amount, movement.currency), from_stripe(movement.fee, movement.currency),
    )  # fmt: skip

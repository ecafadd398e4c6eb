"""Compare what gateways paid out with our own books, and move it from clearing to the bank."""

from datetime import datetime, timedelta

import msgspec
import structlog

from serai.contracts.payments import Payout as GatewayPayout
from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey, Transfer
from serai.modules.billing.payments import queries
from serai.modules.billing.payments.gateways import WALLET, Gateways
from serai.modules.billing.payments.models import Payment, Payout

log = structlog.get_logger()
_LOOK_BACK = timedelta(days=14)


async def fetch_all(gateways: Gateways) -> int:
    """Every gateway's payouts of the last days that are not known yet; how many."""
    async with gateways.database.transaction() as session:
        keys = await gateways_with_payouts(session)
    return sum([await fetch(gateways, key) for key in keys])


async def gateways_with_payouts(session: Session) -> list[str]:
    return [row.key for row in await queries.gateways(session) if row.enabled and row.key != WALLET]


async def fetch(gateways: Gateways, key: str) -> int:
    try:
        gateway = await gateways.get(key)
        found = await gateway.payouts(clock.now() - _LOOK_BACK)
    except SeraiError as error:
        log.warning("payouts could not be read", gateway=key, error=error.message)
        return 0
    count = 0
    for payout in found:
        async with gateways.database.transaction() as session:
            count += await keep(session, key, payout)
    return count


async def keep(session: Session, gateway: str, payout: GatewayPayout) -> bool:
    """False when it was known. Fees that were not known with the payment are booked now; a line that no
    payment of ours explains, or explains with another amount, is the payout's difference."""
    if await queries.payout_known(session, gateway, payout.reference):
        return False
    known = await queries.by_references(session, gateway, [line.reference for line in payout.lines])
    refunds = await queries.refund_amounts(session, [payment.id for payment in known.values()])
    lines, new_fees, difference = [], 0, 0
    for line in payout.lines:
        payment = known.get(line.reference)
        gap = line.amount.amount - _expected(payment, line.amount.amount, refunds)
        difference += gap
        if payment is not None and payment.fee is None:
            payment.fee = line.fee.amount
            new_fees += line.fee.amount
        elif payment is None:
            new_fees += line.fee.amount
        lines.append({"reference": line.reference, "amount": line.amount.amount, "fee": line.fee.amount,
                      "payment_id": payment.id if payment else None, "difference": gap})  # fmt: skip
    row = Payout(
        id=ids.new("po"), gateway=gateway, reference=payout.reference, currency=payout.amount.currency,
        amount=payout.amount.amount, fees=sum(line.fee.amount for line in payout.lines),
        difference=difference, arrived_at=payout.arrived_at, lines={"lines": msgspec.to_builtins(lines)},
        created_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    await session.flush()
    await _book(session, row, new_fees, payout.arrived_at)
    await events.publish(
        session, SYSTEM, "billing.payout_arrived", row.id, gateway=gateway, amount=row.amount,
        currency=row.currency, difference=difference,
    )  # fmt: skip
    return True


def _expected(payment: Payment | None, amount: int, refunds: dict[str, list[int]]) -> int:
    """What our books say of a line: the payment, or one of its refunds, each of which explains one line."""
    if payment is None:
        return 0
    if amount > 0:
        return payment.amount
    sent = refunds.get(payment.id, [])
    if -amount in sent:
        sent.remove(-amount)
        return amount
    return 0


async def _book(session: Session, row: Payout, new_fees: int, at: datetime) -> None:
    legs = (
        (LedgerAccountKey("bank"), row.amount),
        (LedgerAccountKey("gateway_fees", party=row.gateway), new_fees),
        (LedgerAccountKey("gateway_clearing", party=row.gateway), -(row.amount + new_fees)),
    )
    moving = tuple(leg for leg in legs if leg[1])
    if len(moving) > 1:
        await ledger.post(
            session,
            Transfer(key=f"{row.id}/payout", kind="payout", currency=row.currency, legs=moving,
                     subject=row.id, at=at),
        )  # fmt: skip

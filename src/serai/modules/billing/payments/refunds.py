"""Give money back: by credit note into the wallet, and from there to where it came from.

The amount is set aside in the wallet while the gateway is asked, so that it is not spent twice; a refund
that fails for good stays in the wallet, and staff are told.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from serai.contracts.payments import Refund, RefundOutcome
from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import NotFound, SeraiError, Unavailable
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import ledger, policy
from serai.modules.billing.errors import NotRefundable
from serai.modules.billing.invoices import crediting
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import overdue, queries
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.lanes import LONGEST_SECONDS
from serai.modules.billing.payments.models import Payment, PaymentRefund
from serai.modules.billing.subscriptions import payment_status

log = structlog.get_logger()


async def credit_invoice(
    session: Session, actor: Actor, invoice_id: str, amount: int, reason: str, *, to_payment: bool
) -> Invoice:
    """A credit note over `amount` (with its tax); what was paid of it goes into the wallet, or back to
    where it came from. Raises Invalid, NotRefundable."""
    policy.REFUND.require(actor)
    invoice = await invoice_queries.find(session, actor, invoice_id)
    if invoice is None or invoice.kind != "invoice":
        raise NotFound(_("There is no such invoice."))
    if amount <= 0:
        text = _("The amount has to be above zero.")
        raise NotRefundable(text, fields={"amount": text})
    rate = invoice.tax_lines[0]["rate"] if invoice.tax_lines else 0
    net = (amount * 10_000 + (10_000 + rate) // 2) // (10_000 + rate)
    charged = (await invoice_queries.lines(session, [invoice.id]))[invoice.id]
    lines = crediting.spread(charged, net, {"key": "credit", "reason": reason})
    at = clock.now()
    before = invoice.returned
    note = await crediting.credit(session, invoice.id, lines, at, reason="manual", net=True)
    await session.refresh(invoice)
    await events.publish(
        session, actor, "billing.invoice_credited", invoice.id, invoice.account_id, amount=note.total,
        currency=note.currency, number=note.number, reason=reason,
    )  # fmt: skip
    if invoice.due <= 0:
        await payment_status.settled(session, invoice, at)
    if to_payment:
        await back_to_payments(session, actor, invoice, invoice.returned - before, reason, at)
    else:
        await overdue.settle_from_wallet(session, invoice.account_id)
    return note


async def back_to_payments(
    session: Session, actor: Actor, invoice: Invoice, amount: int, reason: str, at: datetime
) -> int:
    """Send up to `amount` from the wallet back to what paid the invoice, newest first; how much. What the
    wallet itself paid is there already."""
    left = amount
    for payment in reversed(await queries.of_invoice(session, invoice.id)):
        part = min(left, payment.refundable)
        if part > 0:
            await _ask(session, actor, payment, part, reason, at)
            left -= part
    return amount - left


async def of_subscription(session: Session, actor: Actor, subscription_id: str, reason: str) -> int:
    """After all of it was credited: send what gateways were paid for it back to them; how much."""
    sent = 0
    for invoice_id in await invoice_queries.of_subscription(session, subscription_id):
        invoice = await invoice_queries.locked(session, invoice_id)
        sent += await back_to_payments(session, actor, invoice, invoice.returned, reason, clock.now())
    return sent


async def refund_payment(
    session: Session, actor: Actor, payment_id: str, amount: int, reason: str
) -> PaymentRefund:
    """Send money that is in the wallet (a top-up) back to where it came from."""
    policy.REFUND.require(actor)
    payment = await queries.locked(session, payment_id)
    if not 0 < amount <= payment.refundable:
        left = Money(payment.refundable, payment.currency)
        text = _("Of this payment %(left)s can still be refunded.", left=f"{left.decimal} {left.currency}")
        raise NotRefundable(text, fields={"amount": text})
    return await _ask(session, actor, payment, amount, reason, clock.now())


async def _ask(
    session: Session, actor: Actor, payment: Payment, amount: int, reason: str, at: datetime
) -> PaymentRefund:
    payment = await queries.locked(session, payment.id)
    refund = PaymentRefund(
        id=ids.new("ref"), payment_id=payment.id, account_id=payment.account_id,
        invoice_id=payment.invoice_id, amount=amount, currency=payment.currency, state="pending",
        reason=reason, reference=None, error=None, tries=0, try_at=at, created_at=at, settled_at=None,
    )  # fmt: skip
    session.add(refund)
    payment.refunded += amount
    await session.flush()
    await ledger.post(session, _moved(refund, "wallet", "wallet_held", "asked", at))
    await events.publish(
        session, actor, "billing.refund_asked", refund.id, refund.account_id, amount=amount,
        currency=refund.currency, payment_id=payment.id, reason=reason,
    )  # fmt: skip
    return refund


async def carry_out_if_due(gateways: Gateways, refund_id: str) -> None:
    """What cannot be sent now is sent later."""
    async with gateways.database.transaction() as session:
        row = await session.get_one(PaymentRefund, refund_id)
    if row.try_at is None or row.try_at > clock.now():
        return
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await apply(gateways, refund_id)
    except Exception as error:  # one that cannot be sent keeps no other back
        log.warning("a refund could not be sent", refund=refund_id, error=repr(error))
        async with gateways.database.transaction() as session:
            _try_later(await queries.refund(session, refund_id), clock.now())


async def apply(gateways: Gateways, refund_id: str) -> None:
    """Ask the gateway, and record what it says; asked again until it knows."""
    async with gateways.database.transaction() as session:
        row = await session.get_one(PaymentRefund, refund_id)
        payment = await session.get_one(Payment, row.payment_id)
        if row.state != "pending":
            return
    wanted = Refund(row.id, payment.id, payment.reference or "", Money(row.amount, row.currency), row.reason)
    try:
        gateway = await gateways.get(payment.gateway, even_off=True)
        outcome = await gateway.refund(wanted)
    except Unavailable as error:  # nobody knows: the gateway may still send it
        outcome = RefundOutcome("pending", row.reference or "", error.message)
    except SeraiError as error:  # asking again is of no use: it stays in the wallet, to be sent by hand
        outcome = RefundOutcome("failed", row.reference or "", error.message)
    async with gateways.database.transaction() as session:
        await record(session, refund_id, payment.gateway, outcome)


async def record(session: Session, refund_id: str, gateway: str, outcome: RefundOutcome) -> None:
    row = await queries.refund(session, refund_id)
    if row.state != "pending":
        return
    at = clock.now()
    row.reference, row.error = outcome.reference or row.reference, outcome.error
    row.state = outcome.state
    _try_later(row, at)
    if row.state == "pending":
        return
    row.settled_at = at
    if row.state == "succeeded":
        transfer = _moved(row, "wallet_held", "gateway_clearing", "sent", at, party=gateway)
    else:
        transfer = _moved(row, "wallet_held", "wallet", "kept", at)
        payment = await queries.locked(session, row.payment_id)
        payment.refunded -= row.amount
    await ledger.post(session, transfer)
    await events.publish(
        session, SYSTEM, f"billing.refund_{row.state}", row.id, row.account_id, amount=row.amount,
        currency=row.currency, error=row.error, invoice_id=row.invoice_id,
    )  # fmt: skip


def _try_later(row: PaymentRefund, at: datetime) -> None:
    row.tries += 1
    wait = timedelta(seconds=min(30 * 2 ** min(row.tries, 12), 86_400))
    row.try_at = at + wait if row.state == "pending" else None


def _moved(
    row: PaymentRefund, source: ledger.Kind, target: ledger.Kind, word: str, at: datetime, *, party: str = ""
) -> ledger.Transfer:
    to = LedgerAccountKey(target, "" if target == "gateway_clearing" else row.account_id, party)
    return ledger.between(
        LedgerAccountKey(source, row.account_id), to, Money(row.amount, row.currency), key=f"{row.id}/{word}",
        kind=f"refund_{word}", account_id=row.account_id, subject=row.id, at=at,
    )  # fmt: skip

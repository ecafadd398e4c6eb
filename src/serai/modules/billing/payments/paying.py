"""Pay through a gateway: begin in a transaction, ask the gateway outside of any, record what it says.

A payment exists in our own rows before the gateway hears of it, and says when to look at it next: one
whose worker died is asked about again, and never charged twice, for its id is the gateway's key.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from serai.contracts.payments import Charge, Outcome, Payer
from serai.kit import clock, ids
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, NotFound, SeraiError, Unavailable
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import identity
from serai.modules.billing import policy
from serai.modules.billing.errors import MethodNotFound, PaymentNotFound
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.payments import queries, recording
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.lanes import LONGEST_SECONDS
from serai.modules.billing.payments.models import Payment
from serai.modules.billing.profiles import service as profiles

log = structlog.get_logger()
_FIRST_CHECK = timedelta(seconds=30)
SMALLEST = {"USD": 50, "EUR": 50, "EGP": 1000}


@dataclass(frozen=True, slots=True)
class PaymentIntent:
    """How somebody wants to pay. `method_id`: a saved way; else `gateway`. `return_path`: where the payer
    goes afterwards. `key` makes it happen once."""

    gateway: str = ""
    method_id: str | None = None
    save_method: bool = False
    off_session: bool = False
    return_path: str = "/console/billing"
    key: str | None = None


async def pay_invoice(session: Session, actor: Actor, invoice_id: str, intent: PaymentIntent) -> Payment:
    """Begin to pay what is due of an invoice, or of an order that is not one yet; `start` goes on. One
    that is under way for it already is answered instead of a second one."""
    invoice = await invoice_queries.find(session, actor, invoice_id)
    if invoice is None:
        raise NotFound(_("There is no such invoice."))
    policy.PAY.require(actor, account_id=invoice.account_id)
    invoice = await invoice_queries.locked(session, invoice_id)
    if not invoice.is_payable:
        raise Invalid(_("Nothing is due of this invoice."))
    other = await queries.under_way(session, invoice_id)
    if other is not None and _is_same(other, intent):
        return other
    money = Money(invoice.due, invoice.currency)
    return await _begin(session, invoice.account_id, money, "invoice", intent, invoice)


async def top_up(session: Session, actor: Actor, account_id: str, amount: Money, intent: PaymentIntent) -> Payment:
    """Begin to fill the wallet."""
    policy.PAY.require(actor, account_id=account_id)
    least = SMALLEST.get(amount.currency, 1)
    if amount.amount < least:
        text = _(
            "The least amount is %(least)s.",
            least=f"{Money(least, amount.currency).decimal} {amount.currency}",
        )
        raise Invalid(text, fields={"amount": text})
    return await _begin(session, account_id, amount, "top_up", intent, None)


async def save_method(session: Session, actor: Actor, account_id: str, currency: str, intent: PaymentIntent) -> Payment:
    """Begin to save a way to pay without charging it."""
    policy.PAY.require(actor, account_id=account_id)
    return await _begin(session, account_id, Money(0, currency), "save_method", intent, None)


async def start(gateways: Gateways, payment_id: str) -> Payment:
    """Charge. Outside of any transaction. Raises Invalid for what the gateway cannot do, Unavailable when
    nobody knows: it is looked at again by itself."""
    async with gateways.database.transaction() as session:
        payment = await queries.locked(session, payment_id)
        if payment.state != "pending":
            return payment
        charge = await _charge(session, gateways, payment)
        asked = recording.was_asked(payment)
        recording.note_asking(payment)  # before the gateway hears of it
    try:
        gateway = await gateways.get(payment.gateway, even_off=asked)
        outcome = await gateway.start(charge)
    except Unavailable:
        raise
    except SeraiError as error:
        outcome = Outcome(
            "failed", payment.reference or payment.id, error=error.message, code=error.code, final=True
        )
    return await recording.record(gateways, payment_id, outcome)


async def sync(gateways: Gateways, payment_id: str) -> Payment:
    """Ask the gateway how it stands. The same ending as `start`."""
    async with gateways.database.transaction() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.reference is None:
        return await start(gateways, payment_id)
    gateway = await gateways.get(payment.gateway, even_off=True)
    outcome = await gateway.sync(payment.id, payment.reference)
    if outcome.state in {"pending", "requires_action"} and recording.is_too_old(payment):
        outcome = await gateway.cancel(payment.id, payment.reference)
    return await recording.record(gateways, payment_id, outcome)


async def sync_all(gateways: Gateways, limit: int = 100) -> int:
    """Those whose time has come, one after the other; how many."""
    async with gateways.database.transaction() as session:
        due = await queries.due_for_check(session, clock.now(), limit)
    for each in due:
        await sync_if_due(gateways, each.id)
    return len(due)


async def sync_if_due(gateways: Gateways, payment_id: str) -> None:
    """What cannot be asked now is asked later."""
    async with gateways.database.transaction() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.next_check_at is None or payment.next_check_at > clock.now():
        return
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await sync(gateways, payment_id)
    except Exception as error:  # one that cannot be asked keeps no other from being asked
        log.warning("a payment could not be looked at", payment=payment_id, error=repr(error))
        await recording.look_later(gateways, payment_id)


async def cancel(gateways: Gateways, actor: Actor, payment_id: str) -> Payment:
    """Give an unfinished payment up; one that has succeeded meanwhile answers so. Raises Unavailable while
    nobody knows: the gateway was asked and has not answered."""
    async with gateways.database.acting(actor).transaction() as session:
        payment = await find(session, actor, payment_id)
        policy.PAY.require(actor, account_id=payment.account_id)
    if payment.reference is None:
        return await recording.give_up_unasked(gateways, payment_id)
    gateway = await gateways.get(payment.gateway, even_off=True)
    outcome = await gateway.cancel(payment.id, payment.reference)
    return await recording.record(gateways, payment_id, outcome)


async def find(session: Session, actor: Actor, payment_id: str) -> Payment:
    payment = await queries.find(session, actor, payment_id)
    if payment is None:
        raise PaymentNotFound(_("There is no such payment."))
    policy.READ.require(actor, account_id=payment.account_id)
    return payment


async def _begin(
    session: Session, account_id: str, amount: Money, purpose: str, intent: PaymentIntent, invoice: Invoice | None
) -> Payment:
    if intent.key and (known := await queries.by_key(session, intent.key)):
        return known
    gateway = intent.gateway
    if intent.method_id:
        method = await queries.method(session, intent.method_id)
        if method is None or method.account_id != account_id:
            raise MethodNotFound(_("This way to pay is not saved any more; choose another one."))
        gateway = method.gateway
    now, payment_id = clock.now(), ids.new("pay")
    payment = Payment(
        id=payment_id, account_id=account_id, key=intent.key or payment_id, gateway=gateway,
        method_id=intent.method_id, purpose=purpose, invoice_id=invoice.id if invoice else None,
        currency=amount.currency, amount=amount.amount, refunded=0, fee=None, state="pending",
        reference=None, off_session=intent.off_session, save_method=intent.save_method,
        redirect_url=None, return_path=intent.return_path, details={}, error=None, error_code=None,
        checks=0, next_check_at=now + _FIRST_CHECK, created_at=now, settled_at=None,
    )  # fmt: skip
    session.add(payment)
    await session.flush()
    return payment


async def _charge(session: Session, gateways: Gateways, payment: Payment) -> Charge:
    by = await profiles.ensure(session, SYSTEM, payment.account_id)
    method = await queries.method(session, payment.method_id) if payment.method_id else None
    owner = await identity.people.owner_of(session, payment.account_id)
    email = by.profile.email or (owner.email if owner else "")
    payer = Payer(
        payment.account_id, by.profile.name, email, by.profile.language, country=by.profile.country or None,
        reference=await queries.payer_reference(session, payment.account_id, payment.gateway),
    )  # fmt: skip
    return Charge(
        id=payment.id, amount=Money(payment.amount, payment.currency),
        description=await _description(session, payment, by.seller.name), payer=payer,
        return_url=f"{gateways.public_url}/payments/{payment.id}/return",
        notify_url=gateways.notify_url(payment.gateway),
        method=gateways.vault.open(method.sealed_reference) if method else None,
        save_method=payment.save_method or payment.purpose == "save_method",
        off_session=payment.off_session,
    )  # fmt: skip


async def _description(session: Session, payment: Payment, seller: str) -> str:
    if payment.invoice_id:
        invoice = await session.get_one(Invoice, payment.invoice_id)
        return f"{seller} {invoice.number or _('order')}"
    return f"{seller}: {_('wallet') if payment.purpose == 'top_up' else _('saved way to pay')}"


def _is_same(payment: Payment, intent: PaymentIntent) -> bool:
    return payment.method_id == intent.method_id and (
        intent.method_id is not None or payment.gateway == intent.gateway
    )

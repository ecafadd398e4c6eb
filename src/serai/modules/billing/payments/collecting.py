"""Get open invoices paid: from the wallet, then by the saved way to pay; what fails goes to dunning."""

from datetime import datetime, timedelta

import structlog

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Unavailable
from serai.kit.i18n import N_
from serai.modules.billing import policy
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices import settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.payments import dunning, paying, queries
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.models import Payment, PaymentMethod
from serai.modules.billing.payments.paying import PaymentIntent
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.subscriptions import payment_status, store

log = structlog.get_logger()
NO_METHOD, NO_ANSWER = N_("No way to pay is saved."), N_("The payment service does not answer.")
_LONG_ENOUGH = timedelta(days=1)


async def collect_all(gateways: Gateways, limit: int = 200) -> int:
    """Every invoice whose time has come, one after the other and charged at once; how many."""
    async with gateways.database.transaction() as session:
        due = await invoice_queries.collectable(session, clock.now(), limit)
    for invoice_id in due:
        try:
            await collect(gateways, invoice_id)
        except Unavailable as error:
            log.warning("an invoice could not be collected yet", invoice=invoice_id, error=error.message)
        except Exception as error:
            log.error("an invoice could not be collected", invoice=invoice_id, error=str(error))  # noqa: TRY400
    return len(due)


async def collect(gateways: Gateways, invoice_id: str) -> None:
    """One attempt, or the step of dunning whose day has come."""
    async with gateways.database.transaction() as session:
        payment_id = await begin(session, invoice_id, clock.now())
    if payment_id is not None:
        await paying.start(gateways, payment_id)


async def begin(session: Session, invoice_id: str, at: datetime) -> str | None:
    """As `collect`, but for the charge: the payment that was begun is due at once, and has its own job."""
    payment = await _begin(session, invoice_id, at)
    if payment is None:
        return None
    payment.next_check_at = at
    return payment.id


async def try_now(gateways: Gateways, actor: Actor, account_id: str) -> int:
    """Try what is overdue once more, whenever its next step would come; how many invoices."""
    async with gateways.database.transaction() as session:
        policy.PAY.require(actor, account_id=account_id)
        found = await invoice_queries.open_of_account(session, account_id)
        overdue = [each.id for each in found if each.dunning_since is not None]
    for invoice_id in overdue:
        async with gateways.database.transaction() as session:
            payment = await _begin(session, invoice_id, clock.now(), by_hand=True)
        if payment is not None:
            await paying.start(gateways, payment.id)
    return len(overdue)


async def _begin(session: Session, invoice_id: str, at: datetime, *, by_hand: bool = False) -> Payment | None:
    """The payment to start, if there is one."""
    invoice = await invoice_queries.locked(session, invoice_id)
    if invoice.state != "open":
        return None
    if not by_hand and (invoice.collect_at is None or invoice.collect_at > at):
        return None
    by = await profiles.ensure(session, SYSTEM, invoice.account_id)
    if by.profile.use_wallet:  # before any step of dunning: who can pay is not suspended
        await settling.pay_from_wallets(session, [invoice], at)
    if invoice.due <= 0:
        await payment_status.settled(session, invoice, at)
        return None
    if not by_hand and invoice.dunning_since is not None and not await dunning.take_step(session, invoice, at):
        return None
    other = await queries.under_way(session, invoice.id)
    if other is not None and not (by_hand and other.state == "requires_action"):
        if other.created_at < at - _LONG_ENOUGH and invoice.dunning_since is None:
            await dunning.failed(session, invoice, NO_ANSWER, at)
        else:
            dunning.expect_answer(invoice, at, await dunning.schedule(session, invoice))
        return None
    method = await _method(session, invoice)
    if method is None:
        await dunning.failed(session, invoice, NO_METHOD, at)
        return None
    dunning.expect_answer(invoice, at, await dunning.schedule(session, invoice))
    key = f"{invoice.id}/collect/{at.isoformat()}"
    intent = PaymentIntent(method_id=method.id, off_session=True, key=key)
    return await paying.pay_invoice(session, SYSTEM, invoice.id, intent)


async def _method(session: Session, invoice: Invoice) -> PaymentMethod | None:
    """The subscription's own way to pay before the account's."""
    chosen = {
        (await store.load(session, each)).method_id
        for each in await invoice_queries.subscriptions_of(session, invoice.id)
    }
    methods = await queries.methods(session, invoice.account_id)
    for each in methods:
        if each.id in chosen:
            return each
    return next((each for each in methods if each.is_default), None)

"""Record what a gateway said: the payment, the books, the invoice and what hangs on it, all together."""

from datetime import datetime, timedelta

from serai.contracts.payments import Outcome, SavedMethod
from serai.kit import clock, events, ids
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.errors import Unavailable
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices import settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import dunning, overdue, queries
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.models import Payment, PaymentMethod
from serai.modules.billing.subscriptions import ordering, payment_status, store

_GIVE_UP_LOOKING = timedelta(days=7)
_TRANSFERS_TAKE = timedelta(days=7)


async def record(gateways: Gateways, payment_id: str, outcome: Outcome) -> Payment:
    """Idempotent: what was recorded before changes nothing. A late success counts, whatever was said before."""
    async with gateways.database.transaction() as session:
        payment = await queries.locked(session, payment_id)
        if payment.state == "succeeded":
            return payment
        if _is_lost(payment.state) and _is_lost(outcome.state):
            payment.next_check_at = None
            return payment
        at = clock.now()
        _note(payment, outcome, at)
        if outcome.state == "succeeded":
            await _succeeded(session, gateways, payment, outcome, at)
        elif outcome.state in {"failed", "cancelled"}:
            await _came_to_nothing(session, payment, outcome, at)
        elif outcome.state == "pending" and outcome.instructions and payment.invoice_id:
            invoice = await invoice_queries.locked(session, payment.invoice_id)
            await payment_status.wait_longer(session, invoice, at + _TRANSFERS_TAKE, at)
        elif outcome.state == "requires_action" and payment.off_session:
            await _needs_the_payer(session, payment, at)
        await session.flush()
        return payment


def was_asked(payment: Payment) -> bool:
    """Whether the gateway may have heard of it, even if it never answered."""
    return bool(payment.details.get("asked"))


def note_asking(payment: Payment) -> None:
    payment.details = {**payment.details, "asked": True}


async def give_up_unasked(gateways: Gateways, payment_id: str) -> Payment:
    """For one that no gateway has heard of. Raises Unavailable for one that may have been charged."""
    async with gateways.database.transaction() as session:
        payment = await queries.locked(session, payment_id)
        if was_asked(payment) and not _is_lost(payment.state):
            raise Unavailable(_("Nobody knows yet whether it was paid. Look again in a minute."))
        if payment.state == "pending":
            outcome, at = Outcome("cancelled", ""), clock.now()
            _note(payment, outcome, at)
            await _came_to_nothing(session, payment, outcome, at)
        return payment


def _is_lost(state: str) -> bool:
    return state in {"failed", "cancelled"}


async def look_soon(session: Session, payment_id: str) -> None:
    """Something was said of it that could not be asked about: ask again, also what was given up."""
    payment = await queries.locked(session, payment_id)
    if payment.state != "succeeded":
        payment.next_check_at = clock.now() + timedelta(minutes=1)


async def look_later(gateways: Gateways, payment_id: str) -> None:
    async with gateways.database.transaction() as session:
        payment = await queries.locked(session, payment_id)
        if payment.next_check_at is not None:
            payment.next_check_at = _next_check(payment, clock.now())


def is_too_old(payment: Payment) -> bool:
    """Nobody waits for it any more: it is given up, and what it was for can be paid another way."""
    return clock.now() - payment.created_at > _GIVE_UP_LOOKING


def _note(payment: Payment, outcome: Outcome, at: datetime) -> None:
    payment.reference = outcome.reference or payment.reference
    payment.redirect_url = outcome.redirect_url
    payment.details = {
        "instructions": dict(outcome.instructions), "client": dict(outcome.client), "asked": was_asked(payment)
    }  # fmt: skip
    payment.error, payment.error_code = outcome.error, outcome.code
    payment.state = outcome.state
    payment.next_check_at = _next_check(payment, at) if outcome.state in {"pending", "requires_action"} else None


def _next_check(payment: Payment, at: datetime) -> datetime:
    """Soon at first, then ever more seldom; after a week it is given up when looked at."""
    payment.checks += 1
    return at + timedelta(seconds=min(15 * 2 ** min(payment.checks, 10), 6 * 3600))


async def _succeeded(
    session: Session, gateways: Gateways, payment: Payment, outcome: Outcome, at: datetime
) -> None:
    payment.settled_at = at
    if outcome.method is not None:
        payment.method_id = (await keep_method(session, gateways, payment, outcome.method, at)).id
    if payment.purpose != "save_method":
        got = outcome.amount or Money(payment.amount, payment.currency)
        await _book(session, payment, got, outcome.fee, at)
    await events.publish(
        session, SYSTEM, "billing.payment_succeeded", payment.id, payment.account_id,
        amount=payment.amount, currency=payment.currency, gateway=payment.gateway,
        invoice_id=payment.invoice_id, purpose=payment.purpose,
    )  # fmt: skip


async def _book(session: Session, payment: Payment, got: Money, fee: Money | None, at: datetime) -> None:
    """What arrived pays the invoice; what is left, or has none to pay, is the wallet's."""
    source = LedgerAccountKey("gateway_clearing", party=payment.gateway)
    taken = 0
    if payment.invoice_id and got.currency == payment.currency:
        taken = await _pay_invoice(session, payment, source, got.amount, at)
    payment.amount, payment.currency = got.amount, got.currency
    left = got.amount - taken
    if left > 0:
        await ledger.post(
            session,
            ledger.between(
                source, LedgerAccountKey("wallet", payment.account_id), Money(left, got.currency),
                key=f"{payment.id}/wallet", kind="top_up", account_id=payment.account_id,
                subject=payment.id, at=at,
            ),
        )  # fmt: skip
        await overdue.settle_from_wallet(session, payment.account_id)
    if fee is not None and fee.amount and fee.currency == got.currency:
        payment.fee = fee.amount
        await ledger.post(
            session,
            ledger.between(
                LedgerAccountKey("gateway_fees", party=payment.gateway), source, fee, key=f"{payment.id}/fee",
                kind="gateway_fee", subject=payment.id, at=at,
            ),
        )  # fmt: skip


async def _pay_invoice(session: Session, payment: Payment, source: LedgerAccountKey, amount: int, at: datetime) -> int:
    """How much of it the invoice took."""
    assert payment.invoice_id is not None
    invoice = await invoice_queries.locked(session, payment.invoice_id)
    if invoice.state == "draft" and not await _activate(session, invoice, amount, at):
        return 0
    done = await settling.pay(
        session, invoice.id, source, amount, at, key=f"{payment.id}/invoice", subject=payment.id
    )
    if done.whole:
        await payment_status.settled(session, await invoice_queries.locked(session, invoice.id), at)
    return done.amount


async def _activate(session: Session, invoice: Invoice, amount: int, at: datetime) -> bool:
    """An order becomes a subscription with its payment, unless it was given up or is paid in part only."""
    for subscription_id in await invoice_queries.subscriptions_of(session, invoice.id):
        state = await store.load(session, subscription_id)
        if state.status == "incomplete" and state.order_invoice_id == invoice.id and amount >= invoice.total:
            await ordering.activate(session, SYSTEM, state, at, from_wallet=False)
            return True
    return False


async def _came_to_nothing(session: Session, payment: Payment, outcome: Outcome, at: datetime) -> None:
    payment.settled_at = at
    if payment.off_session and payment.method_id and outcome.final:
        method = await queries.method(session, payment.method_id, lock=True)
        if method is not None:
            method.state = "failing"
    if payment.invoice_id and payment.off_session:
        invoice = await invoice_queries.locked(session, payment.invoice_id)
        await dunning.failed(session, invoice, outcome.error or "", at)
    await events.publish(
        session, SYSTEM, "billing.payment_failed", payment.id, payment.account_id, error=outcome.error,
        code=outcome.code, gateway=payment.gateway, invoice_id=payment.invoice_id, purpose=payment.purpose,
    )  # fmt: skip


async def _needs_the_payer(session: Session, payment: Payment, at: datetime) -> None:
    """The bank wants the payer to confirm. Until then the invoice is as unpaid as any."""
    payment.off_session = False  # from now on it is theirs: asking again does not tell them again
    if payment.invoice_id:
        invoice = await invoice_queries.locked(session, payment.invoice_id)
        await dunning.failed(session, invoice, "", at)
    await events.publish(
        session, SYSTEM, "billing.payment_action_required", payment.id, payment.account_id,
        invoice_id=payment.invoice_id,
    )  # fmt: skip


async def keep_method(
    session: Session, gateways: Gateways, payment: Payment, saved: SavedMethod, at: datetime
) -> PaymentMethod:
    """The first one, and the newest after one that fails, is what renewals are charged to."""
    known = await queries.methods(session, payment.account_id)
    for each in known:
        if each.gateway == payment.gateway and gateways.vault.open(each.sealed_reference) == saved.reference:
            each.state = "active"
            return each
    default = not any(each.is_default and each.state == "active" for each in known)
    if default:
        await queries.no_default(session, payment.account_id)
    method = PaymentMethod(
        id=ids.new("pm"), account_id=payment.account_id, gateway=payment.gateway, kind=saved.kind,
        label=saved.label, expires=saved.expires, sealed_reference=gateways.vault.seal(saved.reference),
        payer_reference=saved.payer_reference, state="active", is_default=default, created_at=at,
    )  # fmt: skip
    session.add(method)
    await session.flush()
    await events.publish(
        session, SYSTEM, "billing.method_saved", method.id, payment.account_id, label=saved.label
    )
    return method

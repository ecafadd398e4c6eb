"""What is told when it happens: payments, failures, suspensions, endings, usage."""

from collections.abc import Sequence
from datetime import timedelta

from serai.kit import clock, events
from serai.kit.db import Session
from serai.kit.i18n import N_
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.ledger import queries as ledger_queries
from serai.modules.billing.notifications.reader import PAGE, mail, tell
from serai.modules.billing.payments import dunning
from serai.modules.billing.payments import queries as payment_queries
from serai.modules.billing.payments.models import Payment, PaymentMethod, PaymentRefund
from serai.modules.billing.subscriptions import store
from serai.modules.billing.subscriptions.models import Subscription
from serai.modules.billing.subscriptions.state import State


@events.subscribe("billing.payment_succeeded")
async def on_payment(session: Session, event: events.Event) -> None:
    payment = await session.get_one(Payment, event.subject)
    if payment.purpose == "save_method":
        return
    invoice = await session.get(Invoice, payment.invoice_id) if payment.invoice_id else None
    await mail(
        session, payment.account_id, "payment_received", amount=payment.amount, currency=payment.currency,
        number=invoice.number if invoice else None, method=await _method(session, payment),
        link=f"{PAGE}/invoices/{invoice.id}" if invoice else f"{PAGE}/wallet",
    )  # fmt: skip


@events.subscribe("billing.collecting_failed")
async def on_failure(session: Session, event: events.Event) -> None:
    invoice = await session.get_one(Invoice, event.subject)
    if invoice.state != "open":
        return
    methods = await payment_queries.methods(session, invoice.account_id)
    next_try = invoice.collect_at.date().isoformat() if methods and invoice.collect_at else None
    days = await dunning.days_until(session, invoice, "suspend", clock.now())
    page = f"{PAGE}/invoices/{invoice.id}"
    money = {"amount": invoice.due, "currency": invoice.currency, "number": invoice.number,
             "link": page}  # fmt: skip
    if not methods:
        due_on = (invoice.due_at or event.at).date().isoformat()
        await mail(session, invoice.account_id, "payment_reminder", **money, due_on=due_on, days_left=days)
    else:
        reason = event.data.get("reason") or None
        await mail(session, invoice.account_id, "payment_failed", **money, method=methods[0].label,
                    next_try=next_try, reason=reason)  # fmt: skip
    await tell(session, invoice.account_id, N_("A payment failed"), "alert-triangle", page)


@events.subscribe("billing.payment_action_required")
async def on_action(session: Session, event: events.Event) -> None:
    payment = await session.get_one(Payment, event.subject)
    invoice = await session.get(Invoice, payment.invoice_id) if payment.invoice_id else None
    await mail(
        session, payment.account_id, "payment_action_required", amount=payment.amount,
        currency=payment.currency, number=invoice.number if invoice else None, until=None,
        link=f"/payments/{payment.id}",
    )  # fmt: skip


@events.subscribe("billing.dunning_warn")
async def on_warning(session: Session, event: events.Event) -> None:
    invoice = await session.get_one(Invoice, event.subject)
    days = await dunning.days_until(session, invoice, "terminate", clock.now())
    if days is None:
        return
    ends_on = (clock.now() + timedelta(days=days)).date().isoformat()
    for state in await _subscriptions(session, invoice.id):
        await mail(
            session, invoice.account_id, "termination_warning", name=state.label, ends_on=ends_on,
            link=f"{PAGE}/invoices/{invoice.id}",
        )  # fmt: skip


@events.subscribe("billing.subscription_suspended")
async def on_suspension(session: Session, event: events.Event) -> None:
    state = await _state(session, event.subject)
    owed = await invoice_queries.open_of_subscription(session, state.id)
    days = await dunning.days_until(session, owed[0], "terminate", clock.now()) if owed else None
    link = f"{PAGE}/invoices/{owed[0].id}" if owed else PAGE
    await mail(
        session, state.account_id, "subscription_suspended", name=state.label, days_left=days,
        amount=sum(each.due for each in owed), currency=state.currency, link=link,
    )  # fmt: skip
    await tell(session, state.account_id, N_("%(name)s was suspended"), "lock", link, name=state.label)


@events.subscribe("billing.subscription_resumed")
async def on_resumption(session: Session, event: events.Event) -> None:
    state = await _state(session, event.subject)
    await mail(session, state.account_id, "subscription_resumed", name=state.label, link=PAGE)
    await tell(session, state.account_id, N_("%(name)s runs again"), "lock-open", PAGE, name=state.label)


@events.subscribe("billing.subscription_cancellation_scheduled")
@events.subscribe("billing.subscription_ended")
async def on_end(session: Session, event: events.Event) -> None:
    state = await _state(session, event.subject)
    if state.reason in {"not_paid", "launch_failed"}:
        return
    ends = state.ended_at or state.period_end or event.at
    await mail(
        session, state.account_id, "subscription_cancelled", name=state.label,
        ends_on=ends.date().isoformat(), data_until=None, link=PAGE,
    )  # fmt: skip


@events.subscribe("billing.usage_alert_reached")
@events.subscribe("billing.usage_cap_reached")
async def on_usage(session: Session, event: events.Event) -> None:
    state = await _state(session, event.subject)
    page = f"{PAGE}/subscriptions/{state.id}"
    await mail(
        session, state.account_id, "usage_alert", name=state.label, amount=event.data["amount"],
        limit=event.data["limit"], currency=state.currency, capped=event.type.endswith("cap_reached"),
        link=page,
    )  # fmt: skip
    await tell(session, state.account_id, N_("%(name)s has reached a usage limit"), "activity", page, name=state.label)


@events.subscribe("billing.refund_succeeded")
async def on_refund(session: Session, event: events.Event) -> None:
    refund = await session.get_one(PaymentRefund, event.subject)
    payment = await session.get_one(Payment, refund.payment_id)
    invoice = await session.get(Invoice, refund.invoice_id) if refund.invoice_id else None
    await mail(
        session, refund.account_id, "money_returned", amount=refund.amount, currency=refund.currency,
        number=invoice.number if invoice else None, method=await _method(session, payment), link=PAGE,
    )  # fmt: skip


@events.subscribe("billing.payment_failed")
async def on_failed_top_up(session: Session, event: events.Event) -> None:
    payment = await session.get_one(Payment, event.subject)
    if payment.purpose != "top_up" or not payment.off_session:
        return
    balance = await ledger_queries.balance(session, LedgerAccountKey("wallet", payment.account_id), payment.currency)
    await mail(
        session, payment.account_id, "top_up_failed", amount=payment.amount, currency=payment.currency,
        method=await _method(session, payment), reason=payment.error, balance=balance,
        link=f"{PAGE}/wallet",
    )  # fmt: skip


async def _method(session: Session, payment: Payment) -> str:
    row = await session.get(PaymentMethod, payment.method_id) if payment.method_id else None
    return row.label if row else payment.gateway


async def _state(session: Session, subscription_id: str) -> State:
    return store.state_of(await session.get_one(Subscription, subscription_id))


async def _subscriptions(session: Session, invoice_id: str) -> Sequence[State]:
    return [
        await _state(session, each) for each in await invoice_queries.subscriptions_of(session, invoice_id)
    ]

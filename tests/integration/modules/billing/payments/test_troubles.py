"""What goes wrong with gateways, staff and time, and loses nobody's money."""

from datetime import UTC, datetime, timedelta

import pytest

from serai.contracts.payments import Outcome, RefundOutcome
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Unavailable
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import ledger, subscriptions
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import PaymentIntent, recording, writing_off
from serai.modules.billing.subscriptions import Choice
from tests.integration.modules.billing.shop import FAILS_LATER, GOOD


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def sandbox(shop):
    await shop.open_sandbox()


async def suspended(shop, buyer):
    """(subscription, the invoice that is not paid)"""
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, FAILS_LATER, save=True)
    for number in (1, 2, 4, 6, 9):
        await shop.work(day(4, number))
    assert (await shop.state(made.state)).status == "suspended"
    return made.state, (await shop.invoices(buyer))[-1]


async def charged_without_an_answer(shop, buyer, monkeypatch):
    """A saved card was charged, and the gateway's answer got lost."""
    await shop.save_card(buyer)
    made = await shop.order(buyer)
    (method,) = await shop.do(billing.payments.queries.methods, buyer.account_id)
    payment = await shop.do(
        billing.payments.paying.pay_invoice, buyer, made.to_pay.id, PaymentIntent(method_id=method.id)
    )
    gateway = await shop.gateways.get("sandbox")
    real = type(gateway).start

    async def lost(self, charge):
        await real(self, charge)
        raise Unavailable("timeout")

    monkeypatch.setattr(type(gateway), "start", lost)
    with pytest.raises(Unavailable):
        await billing.payments.paying.start(shop.gateways, payment.id)
    monkeypatch.setattr(type(gateway), "start", real)
    return made.state, payment


async def test_what_may_have_been_charged_is_not_given_up_unasked(shop, buyer, monkeypatch):
    state, payment = await charged_without_an_answer(shop, buyer, monkeypatch)
    with pytest.raises(Unavailable, match="Nobody knows yet"):
        await billing.payments.paying.cancel(shop.gateways, buyer, payment.id)
    await shop.work(clock.now() + timedelta(minutes=1))
    assert (await shop.state(state)).status == "active"
    assert await shop.wallet(buyer) == 0


async def test_it_is_asked_about_also_when_its_gateway_was_switched_off_meanwhile(shop, buyer, monkeypatch):
    state, _payment = await charged_without_an_answer(shop, buyer, monkeypatch)
    await shop.do(billing.payments.switch, SYSTEM, "sandbox", on=False)
    await shop.work(clock.now() + timedelta(minutes=1))
    assert (await shop.state(state)).status == "active"


async def test_a_failure_told_again_is_no_new_one(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, FAILS_LATER, save=True)
    await shop.work(day(4, 1))
    (payment,) = await shop.rows("SELECT id, reference FROM payments WHERE off_session")
    before = await shop.rows("SELECT count(*) AS n FROM events")
    for _ in range(3):
        await recording.record(
            shop.gateways, payment["id"], Outcome("failed", payment["reference"], error="x")
        )
    assert await shop.rows("SELECT count(*) AS n FROM events") == before


async def test_one_payment_that_cannot_be_asked_about_keeps_no_other_waiting(shop, buyer, monkeypatch):
    other = await shop.world.account()
    payments = []
    for actor in (buyer, other):
        intent = PaymentIntent(gateway="sandbox")
        payment = await shop.do(
            billing.payments.paying.top_up, actor, actor.account_id, Money(2000, "USD"), intent
        )
        begun = await billing.payments.paying.start(shop.gateways, payment.id)
        gateway = await shop.gateways.get("sandbox")
        await gateway.submit(begun.reference, {"number": GOOD, "expires": "12/34"})
        payments.append(payment.id)
    real = type(gateway).sync

    async def stumbles(self, charge_id, reference):
        if charge_id == payments[0]:
            raise KeyError("amount")
        return await real(self, charge_id, reference)

    monkeypatch.setattr(type(gateway), "sync", stumbles)
    await shop.work(clock.now() + timedelta(minutes=1))
    assert await shop.wallet(other) == 2000


async def test_a_gateway_that_never_answers_is_a_failure_after_a_day(shop, buyer, monkeypatch):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, save=True)
    gateway = await shop.gateways.get("sandbox")

    async def away(self, *_arguments):
        raise Unavailable("away")

    monkeypatch.setattr(type(gateway), "start", away)
    monkeypatch.setattr(type(gateway), "sync", away)
    for number in (1, 2, 3):
        await shop.work(day(4, number, 13))
    assert (await shop.state(made.state)).status == "past_due"


async def test_a_refund_nobody_knows_of_stays_asked_for(shop, buyer, monkeypatch):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    (invoice,) = await shop.invoices(buyer)
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 1000, "x", to_payment=True)
    gateway = await shop.gateways.get("sandbox")
    answers = [RefundOutcome("pending", "re_1")] * 15

    async def slow(self, refund):
        if not answers:
            raise Unavailable("away")
        return answers.pop()

    monkeypatch.setattr(type(gateway), "refund", slow)
    for hours in range(20):
        await shop.work(clock.now() + timedelta(hours=30 + hours))
    assert (await shop.rows("SELECT state FROM payment_refunds")) == [{"state": "pending"}]
    assert await shop.wallet(buyer) == 0


async def test_who_can_pay_from_the_wallet_is_not_terminated(shop, buyer):
    state, invoice = await suspended(shop, buyer)
    await shop.fill(buyer, 5000)
    for moment in (day(5, 1), day(5, 9)):
        await shop.work(moment)
    assert (await shop.state(state)).status == "active"
    assert (await shop.invoices(buyer))[1].id == invoice.id
    assert (await shop.invoices(buyer))[1].state == "paid"


@pytest.mark.parametrize("by", ["credit", "write_off"])
async def test_what_staff_forgive_lets_the_system_go_on(shop, buyer, by):
    state, invoice = await suspended(shop, buyer)
    if by == "credit":
        await shop.do(
            billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 1000, "x", to_payment=False
        )
    else:
        await shop.do(writing_off.write_off, SYSTEM, invoice.id, "x")
    assert (await shop.state(state)).status == "active"
    await shop.books_hold()


async def test_crediting_what_was_written_off_takes_the_loss_back(shop, buyer):
    _state, invoice = await suspended(shop, buyer)
    await shop.do(writing_off.write_off, SYSTEM, invoice.id, "x")
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 1000, "x", to_payment=False)
    for place in (LedgerAccountKey("receivable", buyer.account_id), LedgerAccountKey("write_offs")):
        assert await shop.do(ledger.queries.balance, place, "USD") == 0
    await shop.books_hold()


async def test_what_staff_refunded_is_not_given_back_again(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, save=True)
    await shop.work(day(4, 1))
    second = (await shop.invoices(buyer))[1]
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, second.id, 1000, "x", to_payment=True)
    await shop.work(day(4, 1, 13))
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    assert await shop.wallet(buyer) == 0


async def test_an_upgrade_after_a_refund_costs_all_of_the_new(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, save=True)
    (invoice,) = await shop.invoices(buyer)
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 1000, "x", to_payment=True)
    choice = Choice("shop", "business", "monthly")
    _state, new = await shop.do(subscriptions.change, buyer, made.state.id, choice, "now")
    assert new.total == 3000


async def test_a_launch_that_fails_after_a_credit_gives_the_rest_back(shop, buyer):
    await shop.fill(buyer, 3000)
    made = await shop.order(buyer, "business")
    (invoice,) = await shop.invoices(buyer)
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 100, "x", to_payment=False)
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")
    assert await shop.wallet(buyer) == 3000


async def test_what_is_owed_cannot_be_paused_away(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, FAILS_LATER, save=True)
    await shop.at(day(4, 1))
    with pytest.raises(WrongStatus, match="Pay that first"):
        await shop.do(subscriptions.pause, buyer, made.state.id, "now")


async def test_an_account_under_another_seller_can_still_cancel(shop, buyer):
    await shop.seller(tax_registered=True, country="SA", tax_inclusive=True)
    await shop.profile(buyer, country="SA")
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    await shop.seller(tax_inclusive=False)
    await shop.do(subscriptions.cancel, buyer, made.state.id, "now")
    assert await shop.wallet(buyer) == 1000
    await shop.books_hold()

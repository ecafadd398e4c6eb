"""Orders, renewals and refunds through the sandbox gateway, as payers and workers do them."""

from datetime import UTC, datetime, timedelta

import pytest

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import Invalid
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import ledger, subscriptions
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import PaymentIntent
from tests.integration.modules.billing.shop import CONFIRMS, FAILS_LATER, GOOD, NO_FUNDS, SLOW


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def sandbox(shop):
    await shop.open_sandbox()


async def test_a_card_pays_an_order_which_then_begins(shop, buyer):
    made = await shop.order(buyer)
    payment = await shop.pay(buyer, made.to_pay, save=True)
    assert payment.state == "succeeded"
    state = await shop.state(made.state)
    assert (state.status, state.period_end) == ("active", day(4, 1))
    (invoice,) = await shop.invoices(buyer)
    assert (invoice.state, invoice.number, invoice.paid) == ("paid", "INV-000001", 1000)
    assert await shop.do(ledger.queries.balance, LedgerAccountKey("gateway_clearing", party="sandbox"), "USD") > 0
    await shop.books_hold()


async def test_the_saved_card_pays_the_renewal(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, save=True)
    await shop.work(day(4, 1))
    assert [(i.state, i.paid) for i in await shop.invoices(buyer)] == [("paid", 1000), ("paid", 1000)]
    await shop.books_hold()


async def test_a_declined_card_leaves_the_order_to_be_paid_another_way(shop, buyer):
    made = await shop.order(buyer)
    payment = await shop.pay(buyer, made.to_pay, NO_FUNDS)
    assert payment.state in {"failed", "requires_action", "pending"}
    assert (await shop.state(made.state)).status == "incomplete"
    again = await shop.pay(buyer, made.to_pay, GOOD)
    assert again.state == "succeeded"
    assert (await shop.state(made.state)).status == "active"


async def test_money_on_its_way_arrives_when_it_is_looked_for(shop, buyer):
    made = await shop.order(buyer)
    payment = await shop.pay(buyer, made.to_pay, SLOW)
    assert payment.state == "pending"
    await shop.work(clock.now() + timedelta(minutes=5))
    assert (await shop.state(made.state)).status == "active"


async def test_money_for_an_order_that_was_given_up_goes_into_the_wallet(shop, buyer):
    made = await shop.order(buyer)
    intent = PaymentIntent(gateway="sandbox")
    payment = await shop.do(billing.payments.paying.pay_invoice, buyer, made.to_pay.id, intent)
    await shop.at(clock.now() + timedelta(hours=25))
    assert (await shop.state(made.state)).status == "ended"
    await shop.fill_in(payment)
    assert await shop.wallet(buyer) == 1000
    await shop.books_hold()


async def test_unpaid_is_tried_again_suspended_and_comes_back_with_the_money(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay, FAILS_LATER, save=True)
    await shop.work(day(4, 1))
    assert (await shop.state(made.state)).status == "past_due"
    for number in (2, 4, 6):
        await shop.work(day(4, number))
    assert (await shop.state(made.state)).status == "past_due"
    payments = [
        row["state"] for row in await shop.rows("SELECT state FROM payments WHERE off_session ORDER BY id")
    ]
    assert payments == ["failed"] * 4
    await shop.work(day(4, 8))
    assert (await shop.state(made.state)).status == "suspended"
    invoice = (await shop.invoices(buyer))[-1]
    await shop.pay(buyer, invoice, GOOD, save=True)
    state = await shop.state(made.state)
    assert (state.status, state.period_end) == ("active", day(5, 1))
    await shop.books_hold()


async def test_a_period_that_passed_in_suspension_is_not_billed(shop, buyer):
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    await shop.seller(dunning=[{"after": 1, "do": "suspend"}, {"after": 90, "do": "terminate"}])
    await shop.work(day(4, 1))
    await shop.work(day(4, 2))
    await shop.work(day(6, 10))
    assert len(await shop.invoices(buyer)) == 2
    await shop.fill(buyer, 2500)
    await shop.do(billing.payments.overdue.settle_from_wallet, buyer.account_id)
    state = await shop.state(made.state)
    assert (state.status, state.period_start, state.period_end) == ("active", day(6, 10), day(7, 10))
    assert await shop.wallet(buyer) == 500
    await shop.books_hold()


async def test_nobody_pays_to_the_end_and_it_is_written_off(shop, buyer):
    await shop.fill(buyer, 1000)
    made = await shop.order(buyer)
    for moment in (day(4, 1), day(4, 8), day(5, 1), day(5, 8)):
        for _ in range(4):
            await shop.work(moment)
    state = await shop.state(made.state)
    assert (state.status, state.reason) == ("ended", "unpaid")
    assert (await shop.invoices(buyer))[-1].state == "uncollectible"
    assert await shop.do(ledger.queries.balance, LedgerAccountKey("write_offs"), "USD") == 1000
    kinds = [row["kind"] for row in await shop.rows("SELECT kind FROM mails ORDER BY id")]
    assert {"invoice_issued", "payment_reminder", "subscription_suspended", "termination_warning"} <= set(
        kinds
    )
    await shop.books_hold()


async def test_a_renewal_the_bank_wants_confirmed_tells_the_payer(shop, buyer):
    made = await shop.order(buyer)
    payment = await shop.do(
        billing.payments.paying.pay_invoice, buyer, made.to_pay.id, PaymentIntent(gateway="sandbox", save_method=True)
    )
    await shop.fill_in(payment, CONFIRMS)
    gateway = await shop.gateways.get("sandbox")
    begun = await shop.do(billing.payments.paying.find, buyer, payment.id)
    await gateway.submit(begun.reference, {"answer": "approve"})
    await billing.payments.paying.sync(shop.gateways, payment.id)
    assert (await shop.state(made.state)).status == "active"


async def test_a_refund_goes_back_to_the_card_through_the_wallet(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    (invoice,) = await shop.invoices(buyer)
    staff = await shop.world.account(staff=True)
    await shop.do(
        billing.payments.refunds.credit_invoice, staff, invoice.id, 400, "Goodwill", to_payment=True
    )
    assert await shop.wallet(buyer) == 0
    await shop.work()
    (refund,) = await shop.rows("SELECT state, amount FROM payment_refunds")
    assert refund == {"state": "succeeded", "amount": 400}
    with pytest.raises(Invalid):
        await shop.do(
            billing.payments.refunds.credit_invoice, staff, invoice.id, 601, "Too much", to_payment=True
        )
    await shop.books_hold()


async def test_what_was_not_delivered_goes_back_to_the_card(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    await shop.do(subscriptions.give_back, SYSTEM, made.state.id, "launch_failed")
    await shop.do(billing.payments.refunds.of_subscription, SYSTEM, made.state.id, "launch_failed")
    await shop.work()
    assert (await shop.rows("SELECT state, amount FROM payment_refunds")) == [
        {"state": "succeeded", "amount": 1000}
    ]
    assert await shop.wallet(buyer) == 0
    await shop.books_hold()


async def test_a_wallet_fills_itself_and_pays_what_is_overdue(shop, buyer):
    await shop.save_card(buyer)
    await shop.profile(buyer, auto_top_up={"threshold": 500, "amount": 3000, "currency": "USD"})
    await shop.work()
    assert await shop.wallet(buyer) == 3000
    made = await shop.order(buyer)
    assert made.begins
    await shop.work()
    assert await shop.wallet(buyer) == 2000


async def test_money_set_aside_is_captured_in_part_and_the_rest_is_free(shop, buyer):
    await shop.fill(buyer, 1000)
    held = await shop.do(billing.wallets.hold, buyer, buyer.account_id, Money(800, "USD"), "domain", key="a")
    again = await shop.do(billing.wallets.hold, buyer, buyer.account_id, Money(800, "USD"), "domain", key="a")
    assert held.id == again.id
    assert await shop.wallet(buyer) == 200
    await shop.do(billing.wallets.capture, buyer, held.id, 300, LedgerAccountKey("revenue", party="domains"))
    assert await shop.wallet(buyer) == 700
    other = await shop.do(billing.wallets.hold, buyer, buyer.account_id, Money(700, "USD"), "domain")
    shop.clock.move(timedelta(days=8))
    await shop.work()
    assert await shop.wallet(buyer) == 700
    assert (await shop.rows("SELECT state FROM wallet_holds WHERE id = :id", id=other.id)) == [
        {"state": "released"}
    ]
    await shop.books_hold()


async def test_payouts_move_clearing_to_the_bank_and_differences_show(shop, buyer):
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    await shop.work(day(3, 4))
    (row,) = await shop.rows("SELECT amount, fees, difference FROM payouts")
    assert row["amount"] + row["fees"] == 1000
    assert row["difference"] == 0
    assert await shop.do(ledger.queries.balance, LedgerAccountKey("gateway_clearing", party="sandbox"), "USD") == 0
    await shop.work(day(3, 5))
    assert len(await shop.rows("SELECT id FROM payouts")) == 1
    await shop.books_hold()

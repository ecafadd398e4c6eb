"""What a gateway says is recorded once, and an invoice takes what is due of it."""

from datetime import UTC, datetime

import pytest

from serai.contracts.payments import Outcome
from serai.kit.actor import SYSTEM
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import PaymentIntent
from serai.modules.billing.payments.recording import record

PAID = Outcome("succeeded", "ref_1", amount=Money(1000, "USD"), fee=Money(30, "USD"))


@pytest.fixture(autouse=True)
async def sandbox(shop):
    await shop.open_sandbox()


async def begun(shop, buyer, invoice):
    return await shop.do(billing.payments.paying.pay_invoice, buyer, invoice.id, PaymentIntent(gateway="sandbox"))


async def clearing(shop) -> int:
    return await shop.do(ledger.queries.balance, LedgerAccountKey("gateway_clearing", party="sandbox"), "USD")


async def test_the_same_success_told_twice_is_one_payment(shop, buyer):
    payment = await begun(shop, buyer, (await shop.order(buyer)).to_pay)
    for _again in range(3):
        told = await record(shop.gateways, payment.id, PAID)
        assert (told.state, told.amount) == ("succeeded", 1000)
    assert await shop.wallet(buyer) == 0
    assert await clearing(shop) == 970
    (invoice,) = await shop.invoices(buyer)
    assert (invoice.paid, invoice.due) == (1000, 0)
    events = await shop.rows("SELECT 1 FROM events WHERE type = 'billing.payment_succeeded'")
    assert len(events) == 1
    await shop.books_hold()


async def test_a_failure_told_after_the_success_changes_nothing(shop, buyer):
    payment = await begun(shop, buyer, (await shop.order(buyer)).to_pay)
    await record(shop.gateways, payment.id, PAID)
    assert (await record(shop.gateways, payment.id, Outcome("failed", "ref_1"))).state == "succeeded"
    assert await clearing(shop) == 970


async def test_an_invoice_takes_what_is_due_and_the_wallet_the_rest(shop, buyer):
    """Part of it was credited while the payer was at the gateway."""
    await shop.profile(buyer, use_wallet=False)
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    await shop.at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    renewal = (await shop.invoices(buyer))[-1]
    payment = await begun(shop, buyer, renewal)
    await shop.do(
        billing.payments.refunds.credit_invoice, SYSTEM, renewal.id, 400, "a gift", to_payment=False
    )
    await record(shop.gateways, payment.id, PAID)
    paid = next(each for each in await shop.invoices(buyer) if each.id == renewal.id)
    assert (paid.state, paid.paid, paid.due) == ("paid", 600, 0)
    assert await shop.wallet(buyer) == 400
    await shop.books_hold()

"""What is PayPal's own: capture on look, its token, the vault, invoices that were paid before."""

from datetime import timedelta
from typing import cast

import pytest

from serai.contracts.payments import Refund
from serai.kit.clock import MovableClock
from serai.kit.errors import Unavailable
from serai.kit.money import Money
from tests.contract.payments.conftest import MakeCase
from tests.contract.payments.vendor_cases import PayPalCase


@pytest.fixture
async def case(make_case: MakeCase) -> PayPalCase:
    return cast("PayPalCase", await make_case("paypal"))


async def test_an_approved_order_is_captured_by_looking(case: PayPalCase) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    assert outcome.redirect_url == f"https://paypal.test/checkoutnow?token={outcome.reference}"
    case.server.approve(outcome.reference)
    assert await case.moved(charge) == []
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.amount, seen.fee) == ("succeeded", charge.amount, Money(30, "USD"))
    captures = f"/v2/checkout/orders/{outcome.reference}/capture"
    assert await case.gateway.sync(charge.id, outcome.reference) == seen
    assert case.server.faults.posts.count(captures) == 1


async def test_a_lost_capture_is_captured_once(case: PayPalCase) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    case.server.approve(outcome.reference)
    case.server.faults.lose = 1
    with pytest.raises(Unavailable):
        await case.gateway.sync(charge.id, outcome.reference)
    case.server.answers.clear()
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]


async def test_whoever_comes_late_to_the_capture_sees_that_it_was_done(case: PayPalCase) -> None:
    charge, outcome = await case.paid()
    case.server.answers.clear()
    case.server.read_too_early.add(outcome.reference)
    assert await case.gateway.sync(charge.id, outcome.reference) == outcome
    assert await case.moved(charge) == [charge.amount]


async def test_what_was_cancelled_is_not_captured_though_it_is_approved_later(case: PayPalCase) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    await case.gateway.cancel(charge.id, outcome.reference)
    case.server.approve(outcome.reference)
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "cancelled"
    assert await case.moved(charge) == []


async def test_what_was_declined_is_not_captured_though_it_is_approved_again(case: PayPalCase) -> None:
    charge, outcome = await case.declined()
    assert (outcome.code, outcome.final) == ("INSTRUMENT_DECLINED", False)
    case.server.declining.clear()
    case.server.approve(outcome.reference)
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "failed"
    assert await case.moved(charge) == []


async def test_an_order_that_lapsed_has_failed(case: PayPalCase) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    del case.server.orders[outcome.reference]
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.code) == ("failed", "expired")


async def test_the_token_is_asked_for_once_and_anew_when_it_ends(
    case: PayPalCase, moving: MovableClock
) -> None:
    for _ in range(3):
        await case.gateway.start(case.charge())
    assert case.server.tokens_issued == 1
    moving.move(timedelta(seconds=32400 - 30))
    await case.gateway.start(case.charge())
    assert case.server.tokens_issued == 2
    case.server.good.clear()  # revoked before its time
    await case.gateway.start(case.charge())
    assert case.server.tokens_issued == 3


async def test_a_saved_approval_is_described_and_charged(case: PayPalCase) -> None:
    _charge, outcome = await case.paid(Money(0, "EUR"), save_method=True)
    method = outcome.method
    assert method is not None
    assert (method.label, method.kind, method.payer_reference) == (
        "PayPal m•••@example.com",
        "paypal",
        "cust1",
    )
    assert (
        await case.gateway.start(case.charge(Money(500, "EUR"), method=method.reference, off_session=True))
    ).state == "succeeded"
    await case.gateway.forget(method.reference)
    gone = await case.gateway.start(case.charge(method=method.reference, off_session=True))
    assert (gone.state, gone.code, gone.final) == ("failed", "TOKEN_ID_NOT_FOUND", True)


async def test_a_decline_while_the_payer_is_away_is_final_for_that_charge(case: PayPalCase) -> None:
    method = await case.save_method()
    case.server.declining.add(method)
    charge = case.charge(method=method, off_session=True)
    assert (await case.gateway.start(charge)).code == "INSTRUMENT_DECLINED"
    case.server.declining.clear()
    assert (await case.gateway.start(charge)).state == "failed"
    assert (await case.gateway.start(case.charge(method=method, off_session=True))).state == "succeeded"


async def test_an_invoice_that_paypal_took_before_is_never_taken_again(case: PayPalCase) -> None:
    """Its request ids forgotten, and our notes lost as well: still nobody is charged twice."""
    method = await case.save_method()
    charge = case.charge(method=method, off_session=True)
    await case.gateway.start(charge)
    case.server.answers.clear()
    case.notes.kept.clear()
    with pytest.raises(Unavailable, match=charge.id):
        await case.gateway.start(charge)
    assert await case.moved(charge) == [charge.amount]


async def test_a_refund_is_known_after_request_ids_are_forgotten(case: PayPalCase) -> None:
    charge, outcome = await case.paid()
    refund = Refund("rfd_1", charge.id, outcome.reference, Money(1000, "USD"))
    first = await case.gateway.refund(refund)
    case.server.answers.clear()
    assert await case.gateway.refund(refund) == first
    assert len(case.server.refunds) == 1

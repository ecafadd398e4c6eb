"""Fawaterk and EasyKash, which know no idempotency and sign little: what the drivers make of that."""

import json
from typing import cast

import pytest

from serai.contracts.payments import Payer
from serai.kit.errors import Invalid, NotFound, Unavailable
from serai.kit.money import Money
from tests.contract.payments.conftest import MakeCase
from tests.contract.payments.vendor_cases import EasyKashCase, FawaterkCase


@pytest.fixture
async def fawaterk(make_case: MakeCase) -> FawaterkCase:
    return cast("FawaterkCase", await make_case("fawaterk"))


@pytest.fixture
async def easykash(make_case: MakeCase) -> EasyKashCase:
    return cast("EasyKashCase", await make_case("easykash"))


async def test_a_notice_that_says_paid_of_an_unpaid_invoice_moves_nothing(fawaterk: FawaterkCase) -> None:
    charge = fawaterk.charge()
    outcome = await fawaterk.gateway.start(charge)
    body = fawaterk.server.notice(int(outcome.reference))
    assert json.loads(body)["invoice_status"] == "paid"
    notice = await fawaterk.gateway.read_webhook({}, body)
    assert (await fawaterk.gateway.sync(charge.id, notice.reference or "")).state == "requires_action"


async def test_a_signature_that_does_not_cover_the_charge_proves_no_charge(fawaterk: FawaterkCase) -> None:
    """`pay_load` may be changed without breaking the signature; the invoice itself says whose it is."""
    _charge, outcome = await fawaterk.paid()
    other = fawaterk.charge()
    await fawaterk.gateway.start(other)
    body = fawaterk.server.notice(int(outcome.reference), pay_load={"charge": other.id})
    notice = await fawaterk.gateway.read_webhook({}, body)
    assert notice.charge_id == other.id
    with pytest.raises(NotFound):
        await fawaterk.gateway.sync(other.id, notice.reference or "")


async def test_a_smaller_invoice_is_told_with_its_own_amount(fawaterk: FawaterkCase) -> None:
    charge, outcome = await fawaterk.paid()
    fawaterk.server.invoices[int(outcome.reference)]["total"] = "1.00"
    seen = await fawaterk.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.amount) == ("succeeded", Money(100, "USD"))


async def test_an_expired_cash_code_is_told_of(fawaterk: FawaterkCase) -> None:
    import hashlib
    import hmac

    signed = hmac.new(b"vendor-key", b"referenceId=123456&PaymentMethod=Fawry", hashlib.sha256).hexdigest()
    body = {"hashKey": signed, "referenceId": "123456", "status": "EXPIRED", "paymentMethod": "Fawry",
            "pay_load": {"charge": "pay_1"}}  # fmt: skip
    notice = await fawaterk.make(vendor_key="vendor-key").read_webhook({}, json.dumps(body).encode())
    assert (notice.kind, notice.charge_id, notice.reference) == ("expired", "pay_1", None)


async def test_names_of_every_kind_are_taken(fawaterk: FawaterkCase) -> None:
    for name in ("منى علي", "Mona", "", "Ali & Sons, Ltd. (Cairo)"):
        payer = Payer("acc_1", name, "mona@example.com")
        assert (await fawaterk.gateway.start(fawaterk.charge(payer=payer))).redirect_url


async def test_fawaterk_is_asked_to_send_nothing_itself(fawaterk: FawaterkCase) -> None:
    """A link only we hand out can be given up when its answer was lost."""
    fawaterk.server.faults.lose = 1
    charge = fawaterk.charge()
    with pytest.raises(Unavailable):
        await fawaterk.gateway.start(charge)
    outcome = await fawaterk.gateway.start(charge)
    assert [each["sends"] for each in fawaterk.server.invoices.values()] == [False, False]
    assert outcome.redirect_url is not None
    assert f"/{outcome.reference}/" in outcome.redirect_url


async def test_a_payment_on_a_page_whose_answer_was_lost_is_seen(easykash: EasyKashCase) -> None:
    charge = easykash.charge()
    easykash.server.faults.lose = 1
    with pytest.raises(Unavailable):
        await easykash.gateway.start(charge)
    lost = next(iter(easykash.server.payments))
    outcome = await easykash.gateway.start(charge)
    assert outcome.reference != str(lost)
    easykash.server.choose(lost, "PAID")
    seen = await easykash.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.reference) == ("succeeded", str(lost))
    notice = await easykash.gateway.read_webhook({}, easykash.server.notice(lost))
    assert notice.charge_id == charge.id


async def test_a_cash_code_is_shown(easykash: EasyKashCase) -> None:
    charge = easykash.charge()
    outcome = await easykash.gateway.start(charge)
    easykash.server.choose(int(outcome.reference), "PENDING", voucher="77 1234")
    seen = await easykash.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, list(seen.instructions.values())) == ("pending", ["77 1234"])


async def test_amounts_reach_easykash_as_the_numbers_they_are(easykash: EasyKashCase) -> None:
    for amount in (1, 10, 29, 2910, 999_999_999):
        outcome = await easykash.gateway.start(easykash.charge(Money(amount, "EGP")))
        asked = easykash.server.payments[int(outcome.reference)]["asked"]
        assert Money.parse(f"{asked['amount']:.2f}", "EGP").amount == amount


async def test_a_payer_without_a_phone_is_asked_for_one(easykash: EasyKashCase) -> None:
    with pytest.raises(Invalid) as caught:
        await easykash.gateway.start(easykash.charge(payer=Payer("acc_1", "Mona", "mona@example.com")))
    assert set(caught.value.fields) == {"phone"}


async def test_a_number_of_ours_stands_in_where_payers_gave_none(easykash: EasyKashCase) -> None:
    payer = Payer("acc_1", "Mona", "mona@example.com")
    outcome = await easykash.make(mobile="+20 2 2345 6789").start(easykash.charge(payer=payer))
    assert easykash.server.payments[int(outcome.reference)]["asked"]["mobile"] == "+20223456789"


async def test_only_the_chosen_options_are_offered(easykash: EasyKashCase) -> None:
    outcome = await easykash.make(options="2, 5").start(easykash.charge())
    assert easykash.server.payments[int(outcome.reference)]["asked"]["paymentOptions"] == [2, 5]


async def test_the_same_payment_under_another_status_is_another_event(easykash: EasyKashCase) -> None:
    charge = easykash.charge()
    reference = int((await easykash.gateway.start(charge)).reference)
    seen = []
    for status in ("PENDING", "PAID", "PAID"):
        easykash.server.choose(reference, status)
        seen.append((await easykash.gateway.read_webhook({}, easykash.server.notice(reference))).event_id)
    assert seen[0] != seen[1] == seen[2]

"""InstaPay and bank transfers: references, receipts, approval, refunds by hand."""

import asyncio
import random
from typing import cast

import pytest

from serai.contracts.payments import Gateway, NeedsApproval, Payer, Refund
from serai.drivers.payments.transfers.references import creditor, is_mod97, read_creditor, read_short, short
from serai.kit.errors import Conflict, Invalid, NotFound
from serai.kit.i18n import PSEUDO
from serai.kit.money import Money
from tests.contract.payments.cases import Case
from tests.contract.payments.conftest import MakeCase


@pytest.fixture(params=["instapay", "bank_transfer"])
async def case(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return await make_case(request.param)


def desk(gateway: Gateway) -> NeedsApproval:
    return cast("NeedsApproval", gateway)


async def test_the_payer_is_told_what_to_do(make_case: MakeCase) -> None:
    instapay = await make_case("instapay")
    outcome = await instapay.gateway.start(instapay.charge(Money(29050, "EGP")))
    assert outcome.instructions == {
        "Send to": "serai@instapay", "Account holder": "Serai LLC", "Amount": "290.50 EGP",
        "Write as the reason": outcome.reference,
    }  # fmt: skip
    bank = await make_case("bank_transfer")
    outcome = await bank.gateway.start(bank.charge(Money(2900, "JPY")))
    assert outcome.instructions == {
        "Account holder": "Serai GmbH", "IBAN": "DE89 3704 0044 0532 0130 00", "BIC or SWIFT code": "COBADEFFXXX",
        "Amount": "2900 JPY", "Write as the reference": outcome.reference,
    }  # fmt: skip


async def test_receipts_wait_for_somebody_of_the_staff(case: Case) -> None:
    charge = case.charge()
    await case.gateway.start(charge)
    for _ in range(2):  # a form sent twice
        outcome = await desk(case.gateway).add_receipt(charge.id, file="fil_1", text="Sent at noon")
    assert outcome.state == "pending"
    (receipt,) = await desk(case.gateway).receipts(charge.id)
    assert (receipt["file"], receipt["text"]) == ("fil_1", "Sent at noon")
    assert receipt["at"].startswith("2026-03-01T12:00")


async def test_what_arrived_is_what_counts(case: Case) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    less = charge.amount - Money(100, charge.amount.currency)
    await desk(case.gateway).approve(charge.id, approved=True, received=less, by="usr_1")
    assert (await case.gateway.sync(charge.id, outcome.reference)).amount == less


async def test_a_decision_stands(case: Case) -> None:
    charge = case.charge()
    await case.gateway.start(charge)
    for _ in range(2):
        await desk(case.gateway).approve(charge.id, approved=True, received=charge.amount, by="usr_1")
    more = charge.amount + charge.amount
    for approved, received in ((False, charge.amount), (True, more)):
        with pytest.raises(Conflict):
            await desk(case.gateway).approve(charge.id, approved=approved, received=received, by="usr_2")
    with pytest.raises(Conflict):
        await desk(case.gateway).add_receipt(charge.id, file="fil_2")
    assert case.notes.kept[f"charge:{charge.id}"]["by"] == "usr_1"


async def test_of_two_who_decide_at_once_one_is_told_no(case: Case) -> None:
    for _ in range(20):
        charge = case.charge()
        await case.gateway.start(charge)
        answers = await asyncio.gather(
            desk(case.gateway).approve(charge.id, approved=True, received=charge.amount, by="usr_1"),
            desk(case.gateway).approve(charge.id, approved=False, received=charge.amount, by="usr_2"),
            return_exceptions=True,
        )
        assert sum(isinstance(each, Conflict) for each in answers) == 1


async def test_what_was_cancelled_cannot_be_approved(case: Case) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    await case.gateway.cancel(charge.id, outcome.reference)
    with pytest.raises(Conflict):
        await desk(case.gateway).approve(charge.id, approved=True, received=charge.amount, by="usr_1")


async def test_an_approval_says_how_much_in_the_right_currency(case: Case) -> None:
    charge = case.charge()
    await case.gateway.start(charge)
    for received in (Money(2900, "SEK"), Money(0, charge.amount.currency)):
        with pytest.raises(Invalid) as caught:
            await desk(case.gateway).approve(charge.id, approved=True, received=received, by="usr_1")
        assert set(caught.value.fields) == {"received"}
    with pytest.raises(NotFound):
        await desk(case.gateway).approve("pay_none", approved=True, received=charge.amount, by="usr_1")


async def test_a_refund_waits_until_it_was_sent(case: Case) -> None:
    charge, outcome = await case.paid()
    refund = Refund("rfd_1", charge.id, outcome.reference, charge.amount)
    assert (await case.gateway.refund(refund)).state == "pending"
    await desk(case.gateway).approve_refund(charge.id, "rfd_1", sent=True, by="usr_1")
    assert (await case.gateway.refund(refund)).state == "succeeded"
    with pytest.raises(Conflict):
        await desk(case.gateway).approve_refund(charge.id, "rfd_1", sent=False, by="usr_2")
    with pytest.raises(NotFound):
        await desk(case.gateway).approve_refund(charge.id, "rfd_2", sent=True, by="usr_1")


async def test_a_refund_that_could_not_be_sent_may_be_tried_anew(case: Case) -> None:
    charge, outcome = await case.paid()
    await case.gateway.refund(Refund("rfd_1", charge.id, outcome.reference, charge.amount))
    failed = await desk(case.gateway).approve_refund(charge.id, "rfd_1", sent=False, by="usr_1")
    assert (failed.state, bool(failed.error)) == ("failed", True)
    assert (
        await case.gateway.refund(Refund("rfd_2", charge.id, outcome.reference, charge.amount))
    ).state == "pending"


async def test_a_reference_on_a_statement_leads_to_its_charge(case: Case) -> None:
    charge = case.charge()
    reference = (await case.gateway.start(charge)).reference
    for typed in (
        reference,
        reference.lower(),
        reference.replace(" ", "").replace("-", ""),
        f"  {reference} ",
    ):
        assert await desk(case.gateway).find(typed) == charge.id
    with pytest.raises(Invalid, match="mistyped"):
        await desk(case.gateway).find(reference[:-1] + ("2" if reference[-1] != "2" else "3"))
    with pytest.raises(NotFound):
        await desk(case.gateway).find(short("other") if case.factory.key == "instapay" else creditor("other"))


async def test_a_reference_that_is_taken_is_given_to_nobody_else(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = case.charge(), case.charge()
    few = type(case.gateway).reference  # type: ignore[attr-defined]
    monkeypatch.setattr(
        type(case.gateway), "reference", lambda self, seed: few(self, seed.rpartition("/")[2])
    )
    outcomes = [await case.gateway.start(each) for each in (first, second, first)]
    assert outcomes[0].reference == outcomes[2].reference != outcomes[1].reference


@pytest.mark.parametrize(("language", "begins"), [(PSEUDO, "⟦"), ("fr", "A"), ("", "A")])
async def test_instructions_speak_the_payers_language(case: Case, language: str, begins: str) -> None:
    charge = case.charge(payer=Payer("acc_1", "منى", "mona@example.com", language=language))
    begun = await case.gateway.start(charge)
    seen = await case.gateway.sync(charge.id, begun.reference)
    assert begun.instructions == seen.instructions
    assert any("mount" in each and each.startswith(begins) for each in seen.instructions) or begins == "⟦"
    assert all(each.startswith("⟦") for each in seen.instructions) is (begins == "⟦")


def test_one_wrong_letter_and_two_exchanged_are_seen() -> None:
    for seed in map(str, range(200)):
        good = short(seed)
        letters = good[3:].replace("-", "")
        assert read_short(good) == good
        at = random.randrange(7)
        other = (
            letters[:at]
            + random.choice([c for c in "23456789ABCDEF" if c != letters[at]])
            + letters[at + 1 :]
        )
        assert read_short(other) is None
        swapped = letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
        assert (read_short(swapped) is None) is (swapped != letters)


def test_creditor_references_are_iso_11649() -> None:
    assert is_mod97("RF18 5390 0754 7034")  # the standard's own example
    assert not is_mod97("RF18 5390 0754 7035")
    for seed in map(str, range(200)):
        made = creditor(seed)
        assert is_mod97(made)
        assert len(made.replace(" ", "")) <= 25
        assert read_creditor(made.lower()) == made
    assert len({creditor(str(each)) for each in range(2000)}) == 2000

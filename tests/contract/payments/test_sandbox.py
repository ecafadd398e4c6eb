"""Every test card, what is told, refunds and the daily payouts."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from serai.contracts.payments import HostsPage, Outcome, Refund
from serai.kit.errors import Invalid, NotFound
from serai.kit.money import Money
from tests.contract.payments.conftest import MakeCase
from tests.contract.payments.own_cases import GOOD, POOR, SCA, SLOW, SPENT_LATER, SandboxCase


@pytest.fixture
async def case(make_case: MakeCase) -> SandboxCase:
    return cast("SandboxCase", await make_case("sandbox"))


async def pay_with(case: SandboxCase, number: str, **fields: str) -> tuple[str, Outcome]:
    charge = case.charge()
    begun = await case.gateway.start(charge)
    await case.submit(begun.reference, number=number, expires="12/34", **fields)
    return charge.id, await case.gateway.sync(charge.id, begun.reference)


@pytest.mark.parametrize(
    ("number", "state", "code"),
    [
        (GOOD, "succeeded", None), (SCA, "requires_action", None), (POOR, "failed", "insufficient_funds"),
        (SPENT_LATER, "succeeded", None), (SLOW, "pending", None), ("4242 4242-4242 4242", "succeeded", None),
    ],
)  # fmt: skip
async def test_each_card_does_what_it_says(
    case: SandboxCase, number: str, state: str, code: str | None
) -> None:
    _id, outcome = await pay_with(case, number)
    assert (outcome.state, outcome.code) == (state, code)


@pytest.mark.parametrize(("answer", "state"), [("approve", "succeeded"), ("refuse", "failed")])
async def test_a_card_that_asks_is_confirmed_on_a_second_page(
    case: SandboxCase, answer: str, state: str
) -> None:
    charge = case.charge()
    begun = await case.gateway.start(charge)
    assert await case.submit(begun.reference, number=SCA, expires="12/34") == begun.redirect_url
    page = await cast("HostsPage", case.gateway).page(begun.reference)
    assert (page["step"], page["card"]) == ("confirm", "Visa •••• 3155")
    # Another card cannot be slipped in now.
    await case.submit(begun.reference, number=GOOD, expires="12/34")
    assert (await case.gateway.sync(charge.id, begun.reference)).state == "requires_action"
    assert await case.submit(begun.reference, answer=answer) == charge.return_url
    assert (await case.gateway.sync(charge.id, begun.reference)).state == state


async def test_an_answer_before_the_question_changes_nothing(case: SandboxCase) -> None:
    charge = case.charge()
    begun = await case.gateway.start(charge)
    await case.submit(begun.reference, answer="approve")
    assert (await case.gateway.sync(charge.id, begun.reference)).state == "requires_action"


async def test_the_slow_card_pays_after_a_minute_of_the_platforms_clock(case: SandboxCase) -> None:
    charge_id, _outcome = await pay_with(case, SLOW)
    await case.wait(59)
    assert (await case.gateway.sync(charge_id, "")).state == "pending"
    await case.wait(1)
    assert (await case.gateway.sync(charge_id, "")).state == "succeeded"
    kinds = [body.split(b'"kind": "')[1].split(b'"')[0] for _, _, body in case.sent]
    assert kinds == [b"charge.pending", b"charge.succeeded"]


@pytest.mark.parametrize(
    ("number", "state"), [(GOOD, "succeeded"), (SPENT_LATER, "failed"), (SCA, "succeeded")]
)
async def test_a_saved_card_at_the_next_renewal(case: SandboxCase, number: str, state: str) -> None:
    charge = case.charge()
    begun = await case.gateway.start(charge)
    await case.submit(begun.reference, number=number, expires="12/34", save="1")
    await case.submit(begun.reference, answer="approve")
    saved = (await case.gateway.sync(charge.id, begun.reference)).method
    assert saved is not None
    assert (saved.label, saved.expires) == (f"Visa •••• {number[-4:]}", "2034-12")
    renewal = await case.gateway.start(case.charge(method=saved.reference, off_session=True))
    assert renewal.state == state


async def test_a_forgotten_or_foreign_card_is_gone(case: SandboxCase) -> None:
    method = await case.save_method()
    stranger = case.charge(method=method, off_session=True)
    stranger = type(stranger)(**{name: getattr(stranger, name) for name in stranger.__slots__} | {
        "payer": type(stranger.payer)("acc_2", "Omar", "omar@example.com")})  # fmt: skip
    assert (await case.gateway.start(stranger)).code == "method_gone"
    await case.gateway.forget(method)
    outcome = await case.gateway.start(case.charge(method=method, off_session=True))
    assert (outcome.code, outcome.final) == ("method_gone", True)


async def test_cards_it_does_not_know_are_not_taken(case: SandboxCase) -> None:
    begun = await case.gateway.start(case.charge())
    for number in ("4111111111111111", "", "hello", "4242424242424243"):
        with pytest.raises(Invalid) as caught:
            await case.submit(begun.reference, number=number, expires="12/34")
        assert set(caught.value.fields) == {"number"}
    for expires in ("02/26", "13/34", "", "never"):
        with pytest.raises(Invalid) as caught:
            await case.submit(begun.reference, number=GOOD, expires=expires)
        assert set(caught.value.fields) == {"expires"}
    assert "4111111111111111" not in str(case.notes.kept)
    with pytest.raises(NotFound):
        await case.submit("sbx_unknown", number=GOOD, expires="12/34")


async def test_the_payer_may_give_up(case: SandboxCase) -> None:
    charge = case.charge()
    begun = await case.gateway.start(charge)
    assert await case.submit(begun.reference, answer="cancel") == charge.return_url
    assert (await case.gateway.sync(charge.id, begun.reference)).state == "cancelled"
    await case.submit(begun.reference, number=GOOD, expires="12/34")
    assert await case.moved(charge) == []


async def test_a_notice_that_cannot_be_delivered_stops_nothing(case: SandboxCase) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionError

    case.gateway._send = fail  # type: ignore[attr-defined]
    _id, outcome = await pay_with(case, GOOD)
    assert outcome.state == "succeeded"


async def test_a_day_is_paid_out_less_fees_when_it_is_over(case: SandboxCase) -> None:
    begin = case.clock.now()
    charge, outcome = await case.paid(Money(2900, "USD"))
    await case.paid(Money(10000, "KWD"))
    await case.gateway.refund(Refund("rfd_1", charge.id, outcome.reference, Money(1000, "USD")))
    assert await case.gateway.payouts(begin) == []
    case.clock.move(timedelta(days=1))
    _second, later = await case.paid(Money(500, "USD"))
    dinars, dollars = await case.gateway.payouts(begin)
    assert dinars.amount == Money(10000 - 320, "KWD")
    assert dollars.arrived_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert [(each.reference, each.amount.amount, each.fee.amount) for each in dollars.lines] == [
        (outcome.reference, 2900, 114), (outcome.reference, -1000, 0),
    ]  # fmt: skip
    assert dollars.amount == Money(2900 - 114 - 1000, "USD")
    assert outcome.fee == Money(114, "USD")
    case.clock.move(timedelta(days=1))
    (only,) = await case.gateway.payouts(datetime(2026, 3, 3, tzinfo=UTC))
    assert [each.reference for each in only.lines] == [later.reference]


async def test_its_books_are_complete_after_a_crash_between_two_notes(case: SandboxCase) -> None:
    charge, _outcome = await case.paid()
    case.notes.kept = {key: note for key, note in case.notes.kept.items() if not key.startswith("day:")}
    del case.notes.kept[f"charge:{charge.id}"]["settled"]
    for _ in range(2):
        await case.gateway.sync(charge.id, "")
    assert await case.moved(charge) == [charge.amount]

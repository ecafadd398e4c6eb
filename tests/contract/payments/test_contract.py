"""What every payment driver keeps to, over all of them: see `serai.contracts.payments`."""

import asyncio
import tomllib
import traceback
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from serai.contracts.payments import Features, Refund, WebhookRefused
from serai.kit.clock import MovableClock
from serai.kit.errors import Invalid, NotFound, SeraiError, Unavailable
from serai.kit.ids import new
from serai.kit.money import Money
from tests.contract.payments.cases import Case
from tests.contract.payments.conftest import MakeCase

ROOT = Path(__file__).parents[3]
OWN = ["wallet", "instapay", "bank_transfer", "sandbox"]
VENDORS = ["stripe", "paypal", "fawaterk", "easykash"]
WAITING = {"pending", "requires_action"}


@pytest.fixture(params=[*OWN, *VENDORS])
async def case(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return await make_case(request.param)


@pytest.fixture(params=VENDORS)
async def vendor(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return await make_case(request.param)


@pytest.fixture(params=["sandbox", "stripe", "paypal"])
async def saving(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return await make_case(request.param)


@pytest.fixture(params=["sandbox", *VENDORS])
async def telling(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return await make_case(request.param)


async def test_what_was_paid_is_told_with_its_amount(case: Case) -> None:
    charge, outcome = await case.paid()
    assert (outcome.state, outcome.amount) == ("succeeded", charge.amount)
    assert outcome.reference
    assert await case.moved(charge) == [charge.amount]


async def test_before_it_is_paid_nothing_is_claimed(case: Case) -> None:
    if case.factory.key == "wallet":
        pytest.skip("a wallet pays at once")
    charge = case.charge()
    outcome = await case.begin(charge)
    assert outcome.state in WAITING
    assert outcome.redirect_url or outcome.client or outcome.instructions
    assert (await case.gateway.sync(charge.id, outcome.reference)).state in WAITING
    assert await case.moved(charge) == []


async def test_begun_again_it_is_the_same_charge(case: Case) -> None:
    charge = case.charge()
    first = await case.begin(charge)
    again = await case.begin(charge)
    assert again == first
    await case.pay(charge, first)
    late = await case.begin(charge)
    assert (late.state, late.reference) == ("succeeded", first.reference)
    assert await case.moved(charge) == [charge.amount]


async def test_begun_many_times_at_once_it_is_charged_once(case: Case) -> None:
    charge = case.charge()
    outcomes = await asyncio.gather(*(case.begin(charge) for _ in range(8)))
    assert len({each.reference for each in outcomes}) == 1
    await case.pay(charge, outcomes[0])
    assert (await case.gateway.sync(charge.id, outcomes[0].reference)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]


async def test_another_instance_knows_what_the_first_began(case: Case) -> None:
    charge = case.charge()
    outcome = await case.begin(charge)
    case.gateway = case.make()
    await case.pay(charge, outcome)
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "succeeded"
    assert (await case.begin(charge)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]


async def test_nobody_elses_payment_is_told(case: Case) -> None:
    """A reference of one charge proves nothing about another."""
    if case.factory.key == "wallet":
        pytest.skip("a wallet is asked by the charge's id only")
    _charge, outcome = await case.paid()
    with pytest.raises(NotFound):
        await case.gateway.sync("pay_other", outcome.reference)


async def test_a_declined_card_is_an_outcome(case: Case) -> None:
    charge, outcome = await case.declined()
    assert outcome.state == "failed"
    assert outcome.error
    assert outcome.code
    assert await case.moved(charge) == []
    again = await case.gateway.start(charge)
    assert again.state == "failed"
    assert await case.moved(charge) == []


async def test_cancelled_it_is_never_paid_unless_it_was(case: Case) -> None:
    charge = case.charge()
    if case.factory.key != "wallet":
        outcome = await case.begin(charge)
        cancelled = await case.gateway.cancel(charge.id, outcome.reference)
        assert cancelled.state == "cancelled"
        assert (await case.gateway.cancel(charge.id, outcome.reference)).state == "cancelled"
        assert (await case.gateway.sync(charge.id, outcome.reference)).state == "cancelled"
        assert await case.moved(charge) == []
    charge, outcome = await case.paid()
    assert (await case.gateway.cancel(charge.id, outcome.reference)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]


async def test_amounts_of_every_exponent_arrive_as_they_are(case: Case) -> None:
    for amount in case.takes:
        charge, outcome = await case.paid(amount)
        assert outcome.amount == amount
        assert await case.moved(charge) == [amount]


async def test_what_it_cannot_charge_is_refused_before_anything_happens(case: Case) -> None:
    for amount in [*case.refuses, Money(0, case.money.currency), Money(-1, case.money.currency)]:
        charge = case.charge(amount)
        with pytest.raises(Invalid):
            await case.gateway.start(charge)
        assert f"charge:{charge.id}" not in case.notes.kept


async def test_a_payment_is_given_back_in_parts_and_never_beyond(case: Case) -> None:
    charge, outcome = await case.paid()
    whole = charge.amount.amount

    def part(amount: int) -> Refund:
        return Refund(new("rfd"), charge.id, outcome.reference, Money(amount, charge.amount.currency))

    if not case.refunds:
        assert not case.gateway.features.refunds
        with pytest.raises(Invalid, match="by hand"):
            await case.gateway.refund(part(1))
        return
    first = part(whole - 100)
    given = await case.gateway.refund(first)
    assert given.state == ("pending" if case.gateway.features.approval else "succeeded")
    assert await case.gateway.refund(first) == given
    with pytest.raises(Invalid) as caught:
        await case.gateway.refund(part(101))
    assert caught.value.code == "billing.refund_too_large"
    assert (await case.gateway.refund(part(100))).state == given.state
    with pytest.raises(Invalid):
        await case.gateway.refund(part(1))
    assert (await case.gateway.sync(charge.id, outcome.reference)).state == "succeeded"


async def test_a_notice_names_what_to_look_at(telling: Case) -> None:
    charge, outcome = await telling.paid()
    headers, body = await telling.notice(charge, outcome)
    notice = await telling.gateway.read_webhook(headers, body)
    assert (notice.charge_id, notice.reference) == (charge.id, outcome.reference)
    assert notice.kind
    # Replayed, it is known by the same id; what is done once is done by that.
    assert (await telling.gateway.read_webhook(headers, body)).event_id == notice.event_id
    other, paid = await telling.paid()
    if telling.factory.key != "stripe":
        assert (
            await telling.gateway.read_webhook(*await telling.notice(other, paid))
        ).event_id != notice.event_id


async def test_notices_of_others_are_refused(telling: Case) -> None:
    signed = await telling.notice(*await telling.paid())
    for headers, body in await telling.forged(signed):
        with pytest.raises(WebhookRefused):
            await telling.gateway.read_webhook(headers, body)
    await telling.gateway.read_webhook(*signed)


async def test_notices_too_old_or_from_the_future_are_refused(telling: Case, moving: MovableClock) -> None:
    if not telling.dated:
        pytest.skip("its notices do not tell their age")
    signed = await telling.notice(*await telling.paid())
    within = timedelta(days=3) if telling.factory.key == "paypal" else timedelta(seconds=300)
    beyond = within + (timedelta(hours=2) if telling.factory.key == "paypal" else timedelta(seconds=1))
    moving.move(within)
    await telling.gateway.read_webhook(*signed)
    moving.move(beyond - within)
    with pytest.raises(WebhookRefused, match="too long ago"):
        await telling.gateway.read_webhook(*signed)
    moving.move(-2 * beyond)
    with pytest.raises(WebhookRefused, match="too long ago"):
        await telling.gateway.read_webhook(*signed)


async def test_who_sends_no_notices_believes_none(make_case: MakeCase) -> None:
    for key in ("wallet", "instapay", "bank_transfer"):
        with pytest.raises(WebhookRefused):
            await (await make_case(key)).gateway.read_webhook({}, b'{"charge": "pay_1"}')


async def test_while_a_vendor_is_down_nobody_knows(vendor: Case) -> None:
    assert vendor.faults is not None
    charge, outcome = await vendor.paid()
    waiting = vendor.charge()
    vendor.faults.down = True
    for attempt in (
        vendor.gateway.start(waiting), vendor.gateway.sync(charge.id, outcome.reference), vendor.gateway.test(),
        vendor.gateway.cancel(charge.id, outcome.reference),
    ):  # fmt: skip
        with pytest.raises(Unavailable):
            await attempt
    vendor.faults.down = False
    assert (await vendor.gateway.sync(charge.id, outcome.reference)).state == "succeeded"
    begun = await vendor.gateway.start(waiting)
    await vendor.pay(waiting, begun)
    assert (await vendor.gateway.sync(waiting.id, begun.reference)).state == "succeeded"
    assert await vendor.moved(waiting) == [waiting.amount]


async def test_where_nobody_listens_it_is_unavailable(vendor: Case) -> None:
    vendor.base_url = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        await vendor.make().start(vendor.charge())


async def test_a_lost_answer_charges_nobody_twice(vendor: Case) -> None:
    assert vendor.faults is not None
    await vendor.gateway.start(vendor.charge())  # so that what is lost is the charge, not a customer
    for lost in (1, 3):
        charge = vendor.charge()
        vendor.faults.lose = lost
        with pytest.raises(Unavailable):
            await vendor.gateway.start(charge)
        for _ in range(lost):
            with suppress(Unavailable):
                outcome = await vendor.gateway.start(charge)
        vendor.faults.lose = 0
        await vendor.pay(charge, outcome)
        assert (await vendor.gateway.sync(charge.id, outcome.reference)).state == "succeeded"
        assert await vendor.moved(charge) == [charge.amount]


async def test_a_refund_whose_answer_was_lost_is_given_once(vendor: Case) -> None:
    if not vendor.refunds:
        pytest.skip("this vendor refunds in its own pages")
    assert vendor.faults is not None
    charge, outcome = await vendor.paid()
    refund = Refund(new("rfd"), charge.id, outcome.reference, charge.amount)
    vendor.faults.lose = 1
    with pytest.raises(Unavailable):
        await vendor.gateway.refund(refund)
    assert (await vendor.gateway.refund(refund)).state == "succeeded"


async def test_a_saved_method_is_charged_while_the_payer_is_away(saving: Case) -> None:
    method = await saving.save_method()
    charge = saving.charge(method=method, off_session=True)
    outcome = await saving.gateway.start(charge)
    assert (outcome.state, outcome.amount) == ("succeeded", charge.amount)
    assert await saving.gateway.start(charge) == outcome
    assert await saving.moved(charge) == [charge.amount]


async def test_a_method_is_saved_while_paying(saving: Case) -> None:
    assert (saving.gateway.features.save_methods, saving.gateway.features.off_session) == (True, True)
    charge = saving.charge(save_method=True)
    begun = await saving.gateway.start(charge)
    if saving.factory.key == "sandbox":
        await saving.submit(begun.reference, number="4242424242424242", expires="12/34", save="1")  # type: ignore[attr-defined]
    else:
        await saving.pay(charge, begun)
    outcome = await saving.gateway.sync(charge.id, begun.reference)
    assert outcome.method is not None
    assert outcome.method.label
    assert (await saving.gateway.sync(charge.id, begun.reference)).method == outcome.method
    _other, plain = await saving.paid()
    assert plain.method is None


async def test_saving_alone_moves_no_money_and_forgetting_may_be_repeated(saving: Case) -> None:
    charge, outcome = await saving.paid(Money(0, "USD"), save_method=True)
    assert (outcome.state, outcome.amount) == ("succeeded", None)
    assert outcome.method is not None
    assert await saving.moved(charge) == []
    again = await saving.gateway.start(charge)
    assert (again.state, again.reference, again.method) == ("succeeded", outcome.reference, outcome.method)
    for _ in range(2):
        await saving.gateway.forget(outcome.method.reference)
    await saving.gateway.forget("nothing-that-ever-was")


async def test_an_off_session_charge_whose_answer_was_lost_is_charged_once(saving: Case) -> None:
    if saving.faults is None:
        pytest.skip("nothing lies between us and the sandbox")
    method = await saving.save_method()
    charge = saving.charge(method=method, off_session=True)
    saving.faults.lose = 1
    with pytest.raises(Unavailable):
        await saving.gateway.start(charge)
    assert (await saving.gateway.start(charge)).state == "succeeded"
    assert await saving.moved(charge) == [charge.amount]


async def test_good_settings_are_tested_and_told_of(case: Case) -> None:
    said = await case.gateway.test()
    assert said.endswith(".")


async def test_wrong_settings_are_named_and_no_key_is_repeated(case: Case) -> None:
    for changed, field in case.wrong:
        with pytest.raises(Invalid) as caught:
            await case.make(**changed).test()
        assert field in caught.value.fields
        if case.factory.key in VENDORS:
            _require_no_secret(case, caught.value, *changed.values())


async def test_no_error_holds_a_key(vendor: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The servers repeat what they were sent with, as careless vendors do."""
    assert vendor.faults is not None
    caplog.set_level("INFO")
    secret = vendor.factory.fields[0].name if vendor.factory.key != "paypal" else "client_secret"
    stranger = vendor.make(**{secret: "sk_test_of-somebody-else-9"})
    for attempt in (stranger.start(vendor.charge()), stranger.test(), stranger.forget("pm_1")):
        try:
            await attempt
        except SeraiError as error:
            _require_no_secret(vendor, error, "sk_test_of-somebody-else-9")
    vendor.faults.down = True
    with pytest.raises(Unavailable) as caught:
        await vendor.gateway.start(vendor.charge())
    _require_no_secret(vendor, caught.value)
    assert "sk_test_of-somebody-else-9" not in caplog.text


async def test_what_is_no_json_is_refused_and_breaks_nothing(telling: Case) -> None:
    for body in (b"", b"{", b"[]", b"\xff\xfe{}", b"[" * 100_000, b"null"):
        headers, _body = await telling.notice(*await telling.paid())
        with pytest.raises(WebhookRefused):
            await telling.gateway.read_webhook(headers, body)


def _require_no_secret(case: Case, error: SeraiError, *more: str) -> None:
    kinds = {each.name: each.kind for each in case.factory.fields}
    secrets = [value for name, value in case.values.items() if kinds[name] == "secret"]
    shown = f"{error} {error!r} {error.message} {error.fields}" + "".join(traceback.format_exception(error))
    for each in [*secrets, *(each for each in more if len(each) > 12)]:
        assert each not in shown


async def test_a_gateway_that_is_not_set_up_says_what_is_missing(case: Case) -> None:
    for each in case.factory.fields:
        if each.required:
            with pytest.raises(Invalid) as caught:
                case.make(**{each.name: "  "})
            assert set(caught.value.fields) == {each.name}
            assert str(each.label) in caught.value.message


async def test_payouts_are_a_list(case: Case, moving: MovableClock) -> None:
    assert await case.gateway.payouts(moving.now() - timedelta(days=30)) == []


def test_entry_points_lead_to_factories() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][
        "serai.payments"
    ]
    assert set(declared) == {*OWN, *VENDORS}
    for name, target in declared.items():
        factory = EntryPoint(name, target, "serai.payments").load()
        assert factory.key == name
        assert str(factory.name)
        assert len({each.name for each in factory.fields}) == len(factory.fields)


async def test_features_are_what_the_driver_does(case: Case) -> None:
    features: Features = case.gateway.features
    assert case.gateway.key == case.factory.key
    assert features.refunds is case.refunds
    assert features.save_methods is case.saves
    if not case.saves:
        with pytest.raises(Invalid):
            await case.gateway.start(case.charge(save_method=True))

"""What is Stripe's own: SCA, another card in the page, keys that are forgotten, payouts."""

import asyncio
from typing import cast

import pytest
import stripe
from aiohttp import web

from serai.contracts.payments import Payer, Refund
from serai.drivers.payments.stripe import outcomes
from serai.drivers.payments.stripe.money import from_stripe, to_stripe
from serai.kit import clock
from serai.kit.clock import MovableClock
from serai.kit.errors import Invalid, Unavailable
from serai.kit.money import Money
from tests.contract.payments.conftest import MakeCase
from tests.contract.payments.servers import stripe_front
from tests.contract.payments.servers.common import serving
from tests.contract.payments.vendor_cases import StripeCase


@pytest.fixture
async def case(make_case: MakeCase) -> StripeCase:
    return cast("StripeCase", await make_case("stripe"))


async def test_the_page_gets_what_card_fields_need(case: StripeCase) -> None:
    outcome = await case.gateway.start(case.charge())
    assert outcome.client["publishable_key"] == stripe_front.PUBLISHABLE
    assert outcome.client["client_secret"].startswith(f"{outcome.reference}_secret_")
    assert stripe_front.SECRET not in str(outcome)
    assert "https://js.stripe.com" in case.gateway.features.content_sources


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_card_that_wants_it_is_confirmed_by_its_owner(case: StripeCase, agrees: bool) -> None:
    card = await case.server.card("4000002500003155")
    charge = case.charge(method=card, off_session=True)
    outcome = await case.gateway.start(charge)
    assert outcome.state == "requires_action"
    assert outcome.client["payment_method"] == card
    assert await case.moved(charge) == []
    await case.server.payer(
        "POST", f"/v1/payment_intents/{outcome.reference}/_authenticate",
        client_secret=outcome.client["client_secret"], success=str(agrees).lower(),
    )  # fmt: skip
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert seen.state == ("succeeded" if agrees else "failed")
    assert await case.moved(charge) == ([charge.amount] if agrees else [])


async def test_a_card_declined_in_the_page_may_be_followed_by_another(case: StripeCase) -> None:
    charge = case.charge()
    outcome = await case.gateway.start(charge)
    bad = await case.server.card("4000000000000341")
    await case.server.payer("POST", f"/v1/payment_intents/{outcome.reference}", payment_method=bad)
    await case.server.payer("POST", f"/v1/payment_intents/{outcome.reference}/confirm")
    seen = await case.gateway.sync(charge.id, outcome.reference)
    assert (seen.state, seen.code) == ("requires_action", "card_declined")
    assert seen.error
    assert seen.client["client_secret"]


async def test_a_saved_card_is_described_without_its_number(case: StripeCase) -> None:
    _charge, outcome = await case.paid(Money(0, "EUR"), save_method=True)
    assert outcome.method is not None
    assert (outcome.method.label, outcome.method.kind, outcome.method.expires) == (
        "Visa •••• 4242",
        "card",
        "2034-12",
    )
    assert outcome.method.payer_reference is not None
    assert outcome.method.payer_reference.startswith("cus_")
    assert "4242424242424242" not in str(outcome)


async def test_an_account_is_one_customer(case: StripeCase) -> None:
    for _ in range(3):
        await case.gateway.start(case.charge())
    assert case.server.faults.posts.count("/v1/customers") == 1
    known = Payer("acc_2", "Omar", "omar@example.com", reference=case.notes.kept["test:customer:acc_1"]["id"])
    await case.gateway.start(case.charge(payer=known))
    assert case.server.faults.posts.count("/v1/customers") == 1


async def test_a_lost_answer_is_found_after_keys_are_forgotten(case: StripeCase) -> None:
    method = await case.save_method()
    charge = case.charge(method=method, off_session=True)
    case.server.faults.lose = 1
    with pytest.raises(Unavailable):
        await case.gateway.start(charge)
    case.server.forget_keys()
    assert (await case.gateway.start(charge)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]
    case.server.forget_keys()
    assert (await case.gateway.start(charge)).state == "succeeded"
    assert await case.moved(charge) == [charge.amount]


async def test_a_card_to_save_is_asked_for_once_though_the_answer_was_lost(case: StripeCase) -> None:
    await case.gateway.start(case.charge())
    charge = case.charge(Money(0, "USD"), save_method=True)
    case.server.faults.lose = 1
    with pytest.raises(Unavailable):
        await case.gateway.start(charge)
    outcome = await case.gateway.start(charge)
    listed = await case.server.payer("GET", "/v1/setup_intents?limit=100")
    ours = [each["id"] for each in listed["data"] if each["metadata"].get("charge") == charge.id]
    assert ours == [outcome.reference]


async def test_a_refund_is_found_after_keys_are_forgotten(case: StripeCase) -> None:
    charge, outcome = await case.paid()
    refund = Refund("rfd_1", charge.id, outcome.reference, Money(1000, "USD"), "Too much was billed")
    first = await case.gateway.refund(refund)
    case.server.forget_keys()
    assert await case.gateway.refund(refund) == first
    assert case.server.faults.posts.count("/v1/refunds") == 1


async def test_a_payout_is_told_with_its_charges_and_fees(case: StripeCase, moving: MovableClock) -> None:
    at = int(moving.now().timestamp())
    source = {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}
    back = {"object": "refund", "id": "re_1", "payment_intent": "pi_0"}
    case.server.payouts = [
        {"object": "payout", "id": "po_1", "amount": 1814, "currency": "usd", "arrival_date": at},
        {"object": "payout", "id": "po_0", "amount": 1, "currency": "usd", "arrival_date": at - 1},
    ]
    case.server.movements["po_1"] = [
        _movement("payout", -1814, 0, "po_1"), _movement("charge", 2900, 114, source),
        _movement("refund", -1000, -28, back),
    ]  # fmt: skip
    (payout,) = await case.gateway.payouts(moving.now())
    assert (payout.reference, payout.amount, payout.arrived_at) == ("po_1", Money(1814, "USD"), moving.now())
    lines = [(each.reference, each.amount.amount, each.fee.amount) for each in payout.lines]
    assert lines == [("pi_1", 2900, 114), ("pi_0", -1000, -28)]
    assert sum(amount - fee for _, amount, fee in lines) == payout.amount.amount


async def test_a_test_payment_is_cancelled_at_once(case: StripeCase) -> None:
    await case.gateway.test()
    listed = await case.server.payer("GET", "/v1/payment_intents?limit=100")
    made = [each for each in listed["data"] if each["customer"] is None and each["amount"] == 100]
    assert {each["status"] for each in made} == {"canceled"}


async def test_an_event_about_a_refund_names_its_payment(case: StripeCase) -> None:
    body = (
        b'{"id": "evt_9", "type": "charge.refunded", "data": {"object": {"object": "charge", "id": "ch_1", \
"payment_intent": "pi_7", "metadata": {}}}}'
    )
    notice = await case.gateway.read_webhook(*case.signed(body))
    assert (notice.event_id, notice.reference, notice.charge_id) == ("evt_9", "pi_7", None)


INTENT = {
    "object": "payment_intent", "id": "pi_1", "amount": 2900, "currency": "usd", "client_secret": "pi_1_secret_2",
    "metadata": {"charge": "pay_1", "method": "saved"}, "next_action": None,
}  # fmt: skip


def test_a_bank_that_asks_on_its_own_page_is_gone_to() -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://hooks.stripe.com/3ds/1"}}
    outcome = outcomes.of_payment({**INTENT, "status": "requires_action", "next_action": action}, "pk_test_1")
    assert (outcome.state, outcome.redirect_url) == ("requires_action", "https://hooks.stripe.com/3ds/1")


def test_a_bank_that_asks_while_the_payer_is_away_is_asked_again_with_the_payer() -> None:
    """As Stripe tells it: 402, and the intent back at its beginning."""
    asked = {
        "code": "authentication_required", "decline_code": "authentication_required", "message": "Ask again.",
        "type": "card_error", "payment_method": {"id": "pm_1"},
    }  # fmt: skip
    intent = {
        **INTENT,
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": asked,
    }
    body = {"error": {**asked, "payment_intent": intent}}
    error = stripe.CardError("Ask again.", None, "authentication_required", json_body=body, http_status=402)
    refused = outcomes.of_refusal(error, "Ask again.", "pk_test_1")
    later = outcomes.of_payment(intent, "pk_test_1")
    for outcome in (refused, later):
        assert (outcome.state, outcome.reference, outcome.code) == (
            "requires_action",
            "pi_1",
            "authentication_required",
        )
        assert outcome.client == {
            "publishable_key": "pk_test_1", "client_secret": "pi_1_secret_2", "payment_method": "pm_1",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "final"), [("insufficient_funds", False), ("expired_card", True), ("stolen_card", True)]
)
def test_some_declines_are_for_good(code: str, final: bool) -> None:
    declined = {"code": "card_declined", "decline_code": code, "message": "Declined.", "type": "card_error"}
    intent = {**INTENT, "status": "requires_payment_method", "last_payment_error": declined}
    body = {"error": {**declined, "payment_intent": intent}}
    error = stripe.CardError("Declined.", None, "card_declined", json_body=body, http_status=402)
    for outcome in (outcomes.of_refusal(error, "Declined.", "pk"), outcomes.of_payment(intent, "pk")):
        assert (outcome.state, outcome.code, outcome.final) == ("failed", code, final)
        assert outcome.client == {}


async def test_a_webhook_that_localstripe_signs_is_read(case: StripeCase) -> None:
    """Signed by somebody who is not us, over what really came in."""
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        heard.put_nowait(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", receive)
    before = clock.use(clock.Clock())
    try:
        async with serving(app) as url:
            hook = {
                "url": f"{url}/hook",
                "secret": stripe_front.WEBHOOK,
                "events[]": "payment_intent.succeeded",
            }
            await case.server.payer("POST", "/_config/webhooks/serai", **hook)
            charge, outcome = await case.paid()
            # It tells a second late, and so of other tests' payments, too.
            async with asyncio.timeout(10):
                notice = await case.gateway.read_webhook(*await heard.get())
                while notice.charge_id != charge.id:
                    notice = await case.gateway.read_webhook(*await heard.get())
        assert notice.kind == "payment_intent.succeeded"
        assert notice.reference == outcome.reference
    finally:
        clock.use(before)


@pytest.mark.parametrize(
    ("money", "units"),
    [
        (Money(2900, "USD"), 2900), (Money(2900, "JPY"), 2900), (Money(2910, "KWD"), 2910),
        (Money(29, "ISK"), 2900), (Money(29, "UGX"), 2900), (Money(2900, "HUF"), 2900), (Money(29, "XAF"), 29),
    ],
)  # fmt: skip
def test_units_are_stripes_own(money: Money, units: int) -> None:
    assert to_stripe(money) == units
    assert from_stripe(units, money.currency.lower()) == money


def test_what_stripe_would_round_is_refused() -> None:
    with pytest.raises(Invalid, match="finer"):
        to_stripe(Money(2911, "KWD"))


def _movement(kind: str, amount: int, fee: int, source: object) -> dict[str, object]:
    return {
        "object": "balance_transaction", "id": f"txn_{kind}", "type": kind, "amount": amount, "fee": fee,
        "currency": "usd", "source": source,
    }  # fmt: skip

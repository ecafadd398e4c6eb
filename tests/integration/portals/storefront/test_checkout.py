"""/start: what it costs, how it is paid, and that nothing typed is lost."""

import re
from typing import Any

import pytest

from serai.kit.actor import SYSTEM
from serai.modules import billing, catalog, launches
from tests.client import Answered
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import pay_at_the_sandbox, payment_of, payments_of, text
from tests.integration.portals.conftest import Visitor

ORDER = {"product": "shop", "package": "business", "period": "monthly", "currency": "USD", "language": "en"}
DETAILS = {
    "bill-name": "Nile Ltd", "bill-country": "DE", "bill-line1": "Hauptstr. 1", "bill-city": "Berlin",
}  # fmt: skip


async def coupon(shop: Shop, code: str = "HALF", **terms: Any) -> None:
    new = catalog.CouponSettings(terms=catalog.CouponTerms(**({"bps": 5000} | terms)))
    await shop.do(catalog.add_coupon, SYSTEM, code, new)


async def total(buyer: Visitor, part: str = "", **fields: str) -> Answered:
    """What the page asks for with each change."""
    wanted = {"product": "shop", "package": "business", "period": "monthly", "currency": "USD"} | fields
    return await buyer.send(f"/start/total?part={part}", **wanted)


async def test_the_total_follows_add_ons_coupons_and_periods(buyer: Visitor, shop: Shop) -> None:
    await coupon(shop)
    plain = text(await total(buyer))
    assert "Due today $30.00" in plain
    assert "Then $30.00 per month" in plain
    more = text(await total(buyer, addon_disk="2", coupon="half"))
    assert "Disk × 2" in more
    assert "Discount -$17.50" in more
    assert "Due today $17.50" in more
    assert "Then $35.00 per month" in more  # the coupon is for the first period only
    assert "Due today $300.00" in text(await total(buyer, period="yearly"))


async def test_a_wrong_coupon_is_said_and_the_rest_stays(buyer: Visitor, shop: Shop) -> None:
    found = text(await total(buyer, coupon="nothing", addon_disk="1"))
    assert "There is no such coupon" in found
    assert "Due today $32.50" in found
    posted = await buyer.send(
        "/start", name="acme", way="gateway:sandbox", coupon="nothing", **ORDER, **DETAILS
    )
    assert posted.status == 422
    assert 'value="acme"' in posted.body.decode()
    assert 'value="Nile Ltd"' in posted.body.decode()
    assert "There is no such coupon" in text(posted)


async def test_an_order_is_paid_and_then_launched(buyer: Visitor, shop: Shop, world: World) -> None:
    page = text(await buyer.get("/start?product=shop&package=business"))
    assert "How you pay" in page
    assert "no real money moves" in page
    answer = await buyer.send("/start", name="acme", way="gateway:sandbox", save="1", **ORDER, **DETAILS)
    assert re.fullmatch(r"/sandbox/pay/sbx_\w+", answer.headers["location"])
    assert (await world.find("acme")).state == "awaiting_payment"
    (payment,) = await payments_of(world, buyer.actor)
    assert (payment.amount, payment.save_method) == (3000, True)
    await pay_at_the_sandbox(world, payment.id)
    back = await buyer.get(f"/payments/{payment.id}/return")
    assert back.headers["location"] == f"/payments/{payment.id}"  # the launch has not begun yet
    assert "this page goes on by itself" in text(await buyer.get(f"/payments/{payment.id}"))
    await world.handle_events()
    poll = await buyer.get(f"/payments/{payment.id}", headers={"hx-request": "true"})
    assert re.fullmatch(r"/console/operations/op_\w+", poll.headers["hx-redirect"])
    again = await buyer.get(f"/payments/{payment.id}/return")
    assert again.headers["location"] == poll.headers["hx-redirect"]
    profile = await shop.do(billing.profiles.read, SYSTEM, buyer.actor.account_id)
    assert (profile.name, profile.address["city"]) == ("Nile Ltd", "Berlin")
    assert len(await shop.do(billing.payments.queries.methods, buyer.actor.account_id)) == 1


async def test_billing_details_are_asked_for_where_something_is_paid(buyer: Visitor, world: World) -> None:
    refused = await buyer.send("/start", name="acme", way="gateway:sandbox", **ORDER, **{"bill-name": "Nile"})
    assert refused.status == 422
    assert "Say who the invoice is for" in text(refused)
    assert await world.scalar("SELECT count(*) FROM launches") == 0
    wrong = DETAILS | {"bill-tax_number": "DE1"}
    assert (await buyer.send("/start", name="acme", way="gateway:sandbox", **ORDER, **wrong)).status == 422
    free = text(await buyer.get("/start?product=shop&package=free"))
    assert "Who the invoice is for" not in free
    assert "How you pay" not in free


async def test_without_a_way_nothing_is_ordered(buyer: Visitor, world: World) -> None:
    answer = await buyer.send("/start", name="acme", **ORDER, **DETAILS)
    assert (answer.status, "Choose how to pay" in text(answer)) == (422, True)
    assert await world.scalar("SELECT count(*) FROM launches") == 0


async def test_what_is_free_launches_with_one_click(buyer: Visitor, world: World) -> None:
    order = {"product": "shop", "package": "free", "name": "acme", "language": "en"}
    answer = await buyer.send("/start", **order)
    assert answer.headers["location"].startswith("/console/operations/op_")
    trial = await buyer.send("/start", **(order | {"package": "starter", "name": "second"}))
    assert trial.headers["location"].startswith("/console/operations/op_")
    page = text(await buyer.get("/start?product=shop&package=starter"))
    assert "Free until" not in page  # the trial was taken
    assert await payments_of(world, buyer.actor) == []


async def test_a_trial_says_when_it_ends_and_what_comes_then(buyer: Visitor) -> None:
    page = text(await buyer.get("/start?product=shop&package=starter"))
    assert "Due today $0.00" in page
    assert re.search(
        r"Free until .{6,20} Then \$10\.00 per day|Free until .{6,20} Then \$0\.50 per day", page
    )
    assert "How you pay" not in page


async def test_a_wallet_that_holds_enough_pays(buyer: Visitor, shop: Shop, world: World) -> None:
    await shop.fill(buyer.actor, 5000)
    assert "From your wallet, which holds $50.00" in text(
        await buyer.get("/start?product=shop&package=business")
    )
    answer = await buyer.send("/start", name="acme", **ORDER, **DETAILS)
    assert answer.headers["location"].startswith("/console/operations/op_")
    assert await shop.wallet(buyer.actor) == 2000


async def test_a_trial_that_needs_a_way_to_pay_saves_it_first_and_goes_on_by_itself(
    buyer: Visitor, shop: Shop, world: World
) -> None:
    package = (await shop.do(catalog.get_package, "shop", "starter"))[1]
    changes = {"trial_requires_method": True}
    await shop.do(catalog.edit_package, SYSTEM, package.id, version=package.version, **changes)
    order = ORDER | {"package": "starter", "name": "acme"}
    assert "How you would pay after the trial" in text(await buyer.get("/start?product=shop&package=starter"))
    assert (await buyer.send("/start", **order)).status == 422
    answer = await buyer.send("/start", way="gateway:sandbox", addon_disk="1", **order)
    assert answer.headers["location"].startswith("/sandbox/pay/")
    assert await world.scalar("SELECT count(*) FROM launches") == 0
    (payment,) = await payments_of(world, buyer.actor)
    assert (payment.purpose, payment.amount) == ("save_method", 0)
    await pay_at_the_sandbox(world, payment.id)
    back = (await buyer.get(f"/payments/{payment.id}/return")).headers["location"]
    assert back.endswith(f"&saved={payment.id}")
    placed = await buyer.get(back)
    assert placed.headers["location"].startswith("/console/operations/op_")
    state = await shop.do(billing.subscriptions.of_launch, (await world.find("acme")).id)
    assert (state.status, [item.package for item in state.plan.items]) == ("trialing", ["starter", "disk"])


async def test_nobody_orders_with_a_link(buyer: Visitor, shop: Shop, world: World) -> None:
    """The address that goes on by itself is only that of a payment made for this very order."""
    query = "product=shop&package=free&name=acme&language=en"
    page = await buyer.get(f"/start?{query}&saved=pay_made_up")
    assert page.status == 200
    intent = billing.payments.PaymentIntent(gateway="sandbox", return_path="/start?product=shop&package=free")
    made = await shop.do(
        billing.payments.paying.save_method, buyer.actor, buyer.actor.account_id, "USD", intent
    )
    await billing.payments.paying.start(world.platform.gateways, made.id)
    await pay_at_the_sandbox(world, made.id)
    await buyer.get(f"/payments/{made.id}/return")
    assert (await payment_of(world, made.id)).state == "succeeded"
    assert (await buyer.get(f"/start?{query}&saved={made.id}")).status == 200
    assert await world.scalar("SELECT count(*) FROM launches") == 0


async def test_the_tax_follows_the_country_that_is_typed(buyer: Visitor, shop: Shop) -> None:
    await shop.seller(country="DE", tax_registered=True, oss=True)
    german = await total(buyer, "tax", **{"bill-country": "DE"})
    assert "Due today $35.70" in text(german)
    assert b"checkout-pay" not in german.body
    assert "Due today $30.00" in text(await total(buyer, "tax", **{"bill-country": "US"}))


async def test_prices_of_ones_own_are_shown_beside_everybody_s(
    buyer: Visitor, visitor: Visitor, shop: Shop
) -> None:
    new = catalog.NewSpecialPrice(account_id=buyer.actor.account_id, bps=1000)
    await shop.do(catalog.set_special_price, SYSTEM, new)
    page = await buyer.get("/products/shop?currency=USD")
    assert re.search(r"<s>.*?\$30.*?</s>.*?\$27", page.body.decode(), re.DOTALL)
    assert b"<s>" not in (await visitor.get("/products/shop?currency=USD")).body
    assert "Due today $27.00" in text(await total(buyer))


async def test_a_product_page_tells_what_use_costs_and_what_is_sold_out(visitor: Visitor, shop: Shop) -> None:
    page = text(await visitor.get("/products/shop?currency=USD"))
    assert "Emails: the first 100 are included" in page
    assert "$0.005 each up to 1,000 more" in page
    assert "Add-ons" in page
    package = (await shop.do(catalog.get_package, "shop", "scarce"))[1]
    await shop.do(catalog.take_stock, package.id, 1)
    assert "Sold out" in text(await visitor.get("/products/shop"))


@pytest.mark.parametrize("package", ["business", "free", "starter", "metered"])
async def test_the_checkout_is_there_in_arabic(buyer: Visitor, package: str) -> None:
    buyer.headers["cookie"] += "; serai_lang=ar"
    page = await buyer.get(f"/start?product=shop&package={package}")
    assert (page.status, b'dir="rtl"' in page.body) == (200, True)


async def test_who_may_not_pay_is_told(buyer: Visitor, shop: Shop, world: World, signed_in: Any) -> None:
    member = await world.member(buyer.actor, "developer")
    theirs = await signed_in(member, account=buyer.actor.account_id)
    assert "You may not pay here" in text(await theirs.get("/start?product=shop&package=business"))
    answer = await theirs.send("/start", name="acme", way="gateway:sandbox", **ORDER)
    assert answer.status in {403, 422}
    with pytest.raises(launches.LaunchNotFound):
        await world.find("acme")

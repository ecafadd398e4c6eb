"""/console/billing: what is shown agrees with what was billed, and buttons do what they say."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.modules import billing, catalog, launches
from serai.modules.billing.subscriptions import State
from serai.modules.billing.usage.models import UsageEvent
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import pay_at_the_sandbox, payments_of, text
from tests.integration.portals.conftest import SignedIn, Visitor
from tests.queries import counted

HERE = "/console/billing"
PAGES = ("", "/invoices", "/statement", "/wallet", "/methods", "/details")


async def paid(shop: Shop, buyer: Visitor, package: str = "business", **more: Any) -> State:
    """A running subscription that the wallet paid."""
    await shop.fill(buyer.actor, 100_000)
    state: State = (await shop.order(buyer.actor, package, label=more.pop("label", "acme"), **more)).state
    return state


async def save_card(world: World, buyer: Visitor) -> str:
    answer = await buyer.send(f"{HERE}/methods", way="gateway:sandbox")
    assert answer.headers["location"].startswith("/sandbox/pay/")
    payment = (await payments_of(world, buyer.actor))[0]
    await pay_at_the_sandbox(world, payment.id)
    assert (await buyer.get(f"/payments/{payment.id}/return")).headers["location"] == f"{HERE}/methods"
    async with world.database.transaction() as session:
        found = await billing.payments.queries.methods(session, buyer.actor.account_id or "")
    return max(each.id for each in found)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_every_page_is_there_when_nothing_was_bought(buyer: Visitor, language: str) -> None:
    buyer.headers["cookie"] += f"; serai_lang={language}"
    for path in PAGES:
        page = await buyer.get(f"{HERE}{path}")
        assert page.status == 200, path
        assert page.headers["cache-control"] == "no-store"


async def test_the_overview_says_what_comes_next_with_tax(buyer: Visitor, shop: Shop) -> None:
    await shop.seller(country="DE", tax_registered=True)
    await shop.profile(buyer.actor, country="DE")
    await paid(shop, buyer)
    page = text(await buyer.get(HERE))
    assert "Next invoice $35.70" in page
    assert "acme" in page
    assert "Apr 1, 2026" in page


async def test_the_next_invoice_is_shown_as_the_renewal_bills_it(buyer: Visitor, shop: Shop) -> None:
    """A price that is raised for running subscriptions, too."""
    state = await paid(shop, buyer, "starter")
    package_id = state.plan.base.package_id
    price = await shop.do(catalog.change_price, SYSTEM, package_id, "monthly", "USD", 1500)
    await shop.do(billing.subscriptions.move_price, SYSTEM, price.id, clock.now() + timedelta(days=7))
    assert "Next invoice $15.00" in text(await buyer.get(HERE))
    path = f"{HERE}/subscriptions/{state.id}"
    assert "Apr 1, 2026: $15.00" in text(await buyer.get(path))
    await shop.at(state.period_end)
    assert (await shop.invoices(buyer.actor))[-1].total == 1500


async def test_what_staff_credited_is_not_promised_again(
    buyer: Visitor, shop: Shop, signed_in: SignedIn
) -> None:
    state = await paid(shop, buyer)
    (invoice,) = await shop.invoices(buyer.actor)
    await shop.do(billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, 2500, "a gift", to_payment=False)
    shop.clock.move(timedelta(days=15, hours=12))
    buyer = await signed_in(buyer.actor)
    before = await shop.wallet(buyer.actor)
    assert "About $5.00 goes back" in text(await buyer.get(f"{HERE}/subscriptions/{state.id}"))
    await buyer.send(f"{HERE}/subscriptions/{state.id}/cancel", when="now")
    assert await shop.wallet(buyer.actor) - before == 500


async def test_what_is_overdue_is_paid_from_its_alert(buyer: Visitor, shop: Shop, world: World) -> None:
    await shop.profile(buyer.actor, use_wallet=False)
    state = (await shop.order(buyer.actor, "business", label="acme")).state
    order = f"{HERE}/invoices/{state.order_invoice_id}"
    page = text(await buyer.get(f"{HERE}/subscriptions/{state.id}"))
    assert "The order waits for its payment $30.00" in page
    answer = await buyer.send(f"{order}/pay", way="gateway:sandbox")
    (payment,) = await payments_of(world, buyer.actor)
    assert answer.headers["location"].startswith("/sandbox/pay/")
    assert "A payment is under way" in text(await buyer.get(f"{order}/pay"))
    # Another way gives up the one before, so that nobody pays twice.
    await shop.fill(buyer.actor, 5000)
    again = await buyer.send(f"{order}/pay", way="wallet")
    assert again.headers["location"] == order
    before, after = sorted(await payments_of(world, buyer.actor), key=lambda each: each.id)
    assert (before.id, before.state, after.state) == (payment.id, "cancelled", "succeeded")
    assert (await shop.state(state)).status == "active"
    paid_page = text(await buyer.get(order))
    assert "Still to be paid" not in paid_page
    assert (await buyer.get(f"{order}/pay")).status == 303


async def test_a_subscription_tells_its_life_in_words(buyer: Visitor, shop: Shop) -> None:
    state = await paid(shop, buyer, addons={"disk": 2})
    path = f"{HERE}/subscriptions/{state.id}"
    await buyer.send(f"{path}/cancel", when="period_end")
    page = text(await buyer.get(path))
    for words in ("Ordered", "Business, 2 × Disk", "A paid period began", "Cancelled for the end of the period",
                  "It ends with its period", "$35.00"):  # fmt: skip
        assert words in page, words
    await buyer.send(f"{path}/keep")
    assert not (await shop.state(state)).cancel_at_end
    buyer.headers["cookie"] += "; serai_lang=ar"
    assert (await buyer.get(path)).status == 200


async def test_cancelling_now_gives_back_what_the_dialog_said(
    buyer: Visitor, shop: Shop, signed_in: SignedIn
) -> None:
    state = await paid(shop, buyer)
    path = f"{HERE}/subscriptions/{state.id}"
    shop.clock.move(timedelta(days=15, hours=12))  # half of March
    buyer = await signed_in(buyer.actor)
    before = await shop.wallet(buyer.actor)
    assert "About $15.00 goes back into your wallet" in text(await buyer.get(path))
    await buyer.send(f"{path}/cancel", when="now")
    assert (await shop.state(state)).status == "cancelled"
    assert await shop.wallet(buyer.actor) - before == 1500


async def test_a_pause_ends_when_it_was_said_or_by_hand(buyer: Visitor, shop: Shop) -> None:
    state = await paid(shop, buyer)
    path = f"{HERE}/subscriptions/{state.id}"
    await buyer.send(f"{path}/pause", when="now", resume_on="2026-05-01")
    assert "It goes on by itself on May 1, 2026" in text(await buyer.get(path))
    assert (await shop.state(state)).status == "paused"
    await buyer.send(f"{path}/resume")
    assert (await shop.state(state)).status == "active"
    await buyer.send(f"{path}/pause", when="now", resume_on="soon")
    assert (await shop.state(state)).status == "active"
    assert (await buyer.send(f"{path}/explode")).status == 404


async def test_a_change_costs_what_its_preview_said(buyer: Visitor, shop: Shop, signed_in: SignedIn) -> None:
    state = await paid(shop, buyer, "starter")
    path = f"{HERE}/subscriptions/{state.id}/change"
    assert (await buyer.get(path)).status == 200
    shop.clock.move(timedelta(days=15, hours=12))
    buyer = await signed_in(buyer.actor)
    choice = {"package": "business", "period": "monthly", "addon_disk": "2", "when": "now"}
    query = "&".join(f"{name}={value}" for name, value in choice.items())
    preview = text(await buyer.get(f"{path}/preview?{query}"))
    said = re.search(r"Due now \$([\d.]+)", preview)
    assert said is not None
    assert "Then $35.00 per month" in preview
    before = await shop.wallet(buyer.actor)
    answer = await buyer.send(path, version=str(state.version), **choice)
    assert answer.headers["location"] == f"{HERE}/subscriptions/{state.id}"
    assert before - await shop.wallet(buyer.actor) == int(Decimal(said[1]) * 100)
    stale = await buyer.send(path, version=str(state.version), **(choice | {"package": "starter"}))
    assert (stale.status, "at the same moment" in text(stale)) == (409, True)


async def test_a_change_for_the_next_period_can_be_taken_back(buyer: Visitor, shop: Shop) -> None:
    state = await paid(shop, buyer, "starter")
    path = f"{HERE}/subscriptions/{state.id}"
    await buyer.send(f"{path}/change", package="business", period="monthly", when="period_end")
    assert "It changes with the next period Business" in text(await buyer.get(path))
    await buyer.send(f"{path}/keep-plan")
    assert (await shop.state(state)).pending is None


async def test_use_is_shown_against_what_is_included_and_what_may_be_spent(
    buyer: Visitor, shop: Shop
) -> None:
    state = await paid(shop, buyer, "metered")
    path = f"{HERE}/subscriptions/{state.id}"
    async with shop.world.database.transaction() as session:
        await _use(session, state)
    await shop.do(billing.limits.add, SYSTEM, state.id, "cap", 50)
    await buyer.send(f"{path}/limits", action="alert", amount="nonsense")
    page = text(await buyer.get(path))
    assert "300 used, 100 included · $1.00" in page
    assert "Your cap is reached" in page
    assert "Cap $0.50" in page
    (limit,) = await shop.do(billing.limits.of_subscription, SYSTEM, state.id)
    assert (limit.action, limit.amount) == ("cap", 50)
    await buyer.send(f"{path}/limits/{limit.id}/remove")
    assert await shop.do(billing.limits.of_subscription, SYSTEM, state.id) == []


async def test_a_cap_of_one_s_own_is_shown_from_the_day_it_counts(buyer: Visitor, shop: Shop) -> None:
    state = await paid(shop, buyer, "metered")
    path = f"{HERE}/subscriptions/{state.id}"
    async with shop.world.database.transaction() as session:
        await _use(session, state)
    shop.clock.move(timedelta(days=1))
    await buyer.send(f"{path}/limits", action="cap", amount="0.50")
    page = text(await buyer.get(path))
    assert "It holds from the next period on." in page
    assert "Cap from Apr 1, 2026 on" in page
    assert "Your cap is reached" not in page


async def _use(session: Any, state: State) -> None:
    """300 emails."""
    meters = await catalog.meters_of(session, state.plan.base.product_id)
    meter = next(each for each in meters if each.key == "emails")
    session.add(
        UsageEvent(
            reporter="", source="test", event_id="e1", account_id=state.account_id, subscription_id=state.id, meter_id=meter.id,
            quantity=Decimal(300), distinct_of=None, at=clock.now(), received_at=clock.now(), voided=False,
        )
    )  # fmt: skip


async def test_an_invoice_has_its_lines_and_its_pdf_in_either_language(buyer: Visitor, shop: Shop) -> None:
    await paid(shop, buyer, addons={"disk": 2})
    (invoice,) = await shop.invoices(buyer.actor)
    page = text(await buyer.get(f"{HERE}/invoices/{invoice.id}"))
    assert "Disk" in page
    assert "Total $35.00" in page
    assert invoice.number is not None
    assert invoice.number in text(await buyer.get(f"{HERE}/invoices"))
    assert "No invoice matches" in text(await buyer.get(f"{HERE}/invoices?state=open"))
    for language in ("en", "ar"):
        pdf = await buyer.get(f"{HERE}/invoices/{invoice.id}.pdf?language={language}")
        assert (pdf.headers["content-type"], pdf.body[:5]) == ("application/pdf", b"%PDF-")
        assert f"{invoice.number}-{language}.pdf" in pdf.headers["content-disposition"]
    listed = (await buyer.get(f"{HERE}/invoices.csv")).body.decode("utf-8-sig").splitlines()
    assert listed[0].startswith("number,kind,state")
    assert listed[1].startswith(f"{invoice.number},invoice,paid")
    assert ",USD,35.00,0.00,35.00,35.00,0.00,0.00" in listed[1]
    assert len(listed) == 2


async def test_a_statement_leads_from_its_opening_to_its_closing(buyer: Visitor, shop: Shop) -> None:
    await paid(shop, buyer)
    page = text(await buyer.get(f"{HERE}/statement?since=2026-02-01&until=2026-03-31"))
    assert "Invoice" in page
    assert "Closing balance $0.00" in page
    empty = await buyer.get(f"{HERE}/statement?since=2025-01-01&until=2025-02-01&currency=ABC")
    assert "Nothing happened in this time" in text(empty)
    pdf = await buyer.get(f"{HERE}/statement.pdf?since=2026-02-01&until=2026-03-31&language=ar")
    assert pdf.body[:5] == b"%PDF-"


async def test_the_wallet_is_topped_up_and_fills_itself(buyer: Visitor, shop: Shop, world: World) -> None:
    refused = await buyer.send(f"{HERE}/wallet/top-up", amount="1,5", currency="USD", way="gateway:sandbox")
    assert (refused.status, "Write an amount such as 25.00" in text(refused)) == (422, True)
    assert b'value="1,5"' in refused.body
    assert (await buyer.send(f"{HERE}/wallet/top-up", amount="25", currency="USD")).status == 422
    answer = await buyer.send(f"{HERE}/wallet/top-up", amount="25", currency="USD", way="gateway:sandbox")
    assert answer.headers["location"].startswith("/sandbox/pay/")
    (payment,) = await payments_of(world, buyer.actor)
    await pay_at_the_sandbox(world, payment.id)
    await buyer.get(f"/payments/{payment.id}/return")
    page = text(await buyer.get(f"{HERE}/wallet?currency=USD"))
    assert "USD $25.00" in page
    assert "Topped up" in page
    assert ",USD,25.00" in (await buyer.get(f"{HERE}/wallet.csv")).body.decode()
    await buyer.send(f"{HERE}/wallet/auto", on="y", threshold="5.00", amount="20.00", currency="USD")
    profile = await shop.do(billing.profiles.read, SYSTEM, buyer.actor.account_id)
    assert profile.auto_top_up == {"currency": "USD", "threshold": 500, "amount": 2000}
    wrong = await buyer.send(f"{HERE}/wallet/auto", on="y", threshold="x", amount="20.00", currency="USD")
    assert wrong.status == 422
    await buyer.send(f"{HERE}/wallet/auto", currency="USD")
    assert (await shop.do(billing.profiles.read, SYSTEM, buyer.actor.account_id)).auto_top_up is None


async def test_ways_to_pay_are_saved_chosen_and_removed(buyer: Visitor, shop: Shop, world: World) -> None:
    first = await save_card(world, buyer)
    second = await save_card(world, buyer)
    assert first != second
    assert "Visa •••• 4242" in text(await buyer.get(f"{HERE}/methods"))
    await buyer.send(f"{HERE}/methods/{second}/default")
    rows = await shop.do(billing.payments.queries.methods, buyer.actor.account_id)
    assert rows[0].is_default
    await buyer.send(f"{HERE}/methods/{first}/remove")
    assert len(await shop.do(billing.payments.queries.methods, buyer.actor.account_id)) == 1
    assert (await buyer.send(f"{HERE}/methods", way="gateway:nobody")).status == 422


async def test_the_billing_details_are_checked_and_kept(buyer: Visitor, shop: Shop) -> None:
    good = {"name": "Nile Ltd", "country": "DE", "line1": "Hauptstr. 1", "city": "Berlin", "language": "ar",
            "time_zone": "Africa/Cairo", "use_wallet": "y"}  # fmt: skip
    assert (await buyer.send(f"{HERE}/details", **good)).status == 303
    profile = await shop.do(billing.profiles.read, SYSTEM, buyer.actor.account_id)
    assert (profile.language, profile.time_zone, profile.use_wallet, profile.consolidate) == (
        "ar", "Africa/Cairo", True, False,
    )  # fmt: skip
    wrong = await buyer.send(f"{HERE}/details", **(good | {"tax_number": "DE1"}))
    assert wrong.status == 422
    assert b'value="DE1"' in wrong.body
    assert (await buyer.send(f"{HERE}/details", name="x")).status == 422


async def test_roles_see_and_do_what_is_theirs(buyer: Visitor, shop: Shop, signed_in: SignedIn) -> None:
    state = await paid(shop, buyer)
    (invoice,) = await shop.invoices(buyer.actor)
    account = buyer.actor.account_id
    money = await signed_in(await shop.world.member(buyer.actor, "billing"), account=account)
    developer = await signed_in(await shop.world.member(buyer.actor, "developer"), account=account)
    stranger = await signed_in()
    assert "Billing" in text(await money.get("/console/systems"))
    for path in PAGES:
        assert (await money.get(f"{HERE}{path}")).status == 200
    for path in (f"/subscriptions/{state.id}", f"/invoices/{invoice.id}", f"/invoices/{invoice.id}.pdf"):
        assert (await stranger.get(f"{HERE}{path}")).status == 404
    assert (await stranger.send(f"{HERE}/subscriptions/{state.id}/cancel", when="now")).status == 404
    assert (await shop.state(state)).status == "active"
    assert (await developer.send(f"{HERE}/subscriptions/{state.id}/cancel", when="now")).status in {403, 404}


async def test_the_overview_costs_the_same_however_much_there_is(buyer: Visitor, shop: Shop) -> None:
    await paid(shop, buyer)
    await buyer.get(HERE)
    with counted(shop.world.database) as few:
        await buyer.get(HERE)
    for number in range(5):
        await paid(shop, buyer, label=f"more{number}")
    with counted(shop.world.database) as many:
        await buyer.get(HERE)
    assert len(many) == len(few)


async def test_a_system_s_page_leads_to_what_is_to_be_paid(buyer: Visitor, shop: Shop, world: World) -> None:
    platform = world.platform
    order = launches.Order("shop", "business", "acme", email="sara@example.com", trial=False)
    async with world.database.transaction() as session:
        made = await launches.place(session, buyer.actor, platform.settings, platform.vault, order)
    assert made.to_pay is not None
    page = await buyer.get(f"/console/systems/{made.launch.id}")
    assert f"{HERE}/invoices/{made.to_pay.id}/pay".encode() in page.body
    assert "Awaiting payment" in text(page)
    host = {"host": made.launch.host}
    awaited = await buyer.get("/no-such-system", headers=host)
    assert (awaited.status, "waits for its payment" in text(awaited)) == (402, True)
    async with world.database.transaction() as session:
        row = await session.get_one(launches.Launch, made.launch.id)
        row.state, row.suspension = "suspended", "paused"
    paused = await buyer.get("/no-such-system", headers=host)
    assert (paused.status, paused.headers["retry-after"]) == (503, "30")

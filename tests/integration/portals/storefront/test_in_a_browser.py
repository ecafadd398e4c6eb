"""The pages about money in Chromium: accessible, nothing wider than a phone, and totals that follow the form."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from starlette.types import ASGIApp

from serai.kit.web.sessions import COOKIE
from serai.modules import billing
from serai.portals.ui.assets import ensure_node_modules
from tests.e2e.browsers import CHROMIUM, FLAGS
from tests.e2e.conftest import free_port
from tests.factories import World
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import open_gateway
from tests.integration.portals.conftest import Visitor
from tests.integration.portals.storefront.test_payments import IBAN, top_up

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BILLING = "/console/billing"
AXE = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r => r.violations.map(v => v.id))"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
async def address(app: ASGIApp) -> AsyncIterator[str]:
    """The application on a port of its own, in this very process."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://localhost:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def context_of(browser: Browser, buyer: Visitor, address: str, **sync: Any) -> BrowserContext:
    context = await browser.new_context(reduced_motion="reduce", **sync)
    jar = dict(pair.split("=", 1) for pair in buyer.headers["cookie"].split("; "))
    await context.add_cookies([{"name": COOKIE, "value": jar[COOKIE], "url": address}])
    return context


async def stage(buyer: Visitor, shop: Shop, world: World) -> list[str]:
    """Something of everything; the addresses of its pages."""
    await open_gateway(world, "bank_transfer", holder="Serai GmbH", iban=IBAN)
    await shop.fill(buyer.actor, 20_000)
    state = (await shop.order(buyer.actor, "metered", label="acme", addons={"disk": 2})).state
    await shop.do(billing.limits.add, buyer.actor, state.id, "cap", 500)
    await shop.profile(buyer.actor, use_wallet=False)
    waits = (await shop.order(buyer.actor, "business", label="nile")).state
    transfer = await top_up(shop, buyer, "bank_transfer")
    invoice = next(each for each in await shop.invoices(buyer.actor) if each.number)
    return [
        "/products/shop", "/start?product=shop&package=business&addon_disk=1", f"/payments/{transfer.id}",
        BILLING, f"{BILLING}/subscriptions/{state.id}", f"{BILLING}/subscriptions/{state.id}/change",
        f"{BILLING}/invoices", f"{BILLING}/invoices/{invoice.id}", f"{BILLING}/invoices/{waits.order_invoice_id}/pay",
        f"{BILLING}/statement", f"{BILLING}/wallet", f"{BILLING}/methods", f"{BILLING}/details",
    ]  # fmt: skip


async def test_the_pages_are_accessible_and_fit_a_phone(
    buyer: Visitor, shop: Shop, world: World, address: str, chromium: Browser
) -> None:
    paths = await stage(buyer, shop, world)
    script = (ensure_node_modules() / "axe-core" / "axe.min.js").read_text()
    found = []
    for lang, theme, width in (("en", "light", 1280), ("ar", "dark", 390)):
        sync: Any = {"viewport": {"width": width, "height": 860}, "bypass_csp": True}
        context = await context_of(chromium, buyer, address, **sync)
        page = await context.new_page()
        for path in paths:
            await page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}&theme={theme}")
            await page.add_script_tag(content=script)
            found += [(path, lang, each) for each in await page.evaluate(AXE)]
            if await page.evaluate(TOO_WIDE):
                found.append((path, lang, "too wide"))
        await context.close()
    assert found == []


async def test_the_checkout_reckons_as_it_is_filled_in(
    buyer: Visitor, shop: Shop, address: str, chromium: Browser
) -> None:
    """Under the real policy, with nothing in the browser's console."""
    await shop.seller(country="DE", tax_registered=True, oss=True)
    context = await context_of(chromium, buyer, address)
    page, complaints = await context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    await page.goto(f"{address}/start?product=shop&package=business&period=monthly&currency=USD&lang=en")
    await due(page, "$35.70")
    await page.select_option("#period", "yearly")
    await due(page, "$357.00")
    await page.fill("#addon_disk", "2")
    await page.locator("#addon_disk").blur()
    await due(page, "$416.50")
    await page.fill("#coupon", "nothing")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_text("There is no such coupon").wait_for()
    await page.fill("#bill-line1", "Main street 1")
    await page.select_option("#bill-country", "US")
    await due(page, "$350.00")
    assert await page.input_value("#bill-line1") == "Main street 1"
    assert "$350.00" in await page.get_by_role("button", name="Order and pay").inner_text()
    await context.close()
    assert complaints == []


async def due(page: Page, amount: str) -> None:
    await page.locator("#checkout-total .bill-sum td", has_text=amount).wait_for(timeout=10_000)

"""From the first price to a suspended system and back, in a real browser, with a card that asks, one that
fails, and a clock that goes ahead."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import code_for, listen_for_complaints
from tests.e2e.conftest import ROOT, RunningPlatform, platform_up
from tests.e2e.test_storefront import answer

CUSTOMER = "nour@example.com"
ARTEFACTS = ROOT / ".test-artifacts" / "billing"
GOOD, CONFIRMS, FAILS_LATER = "4242424242424242", "4000002500003155", "4000000000000341"


@dataclass
class Seller:
    """The platform, from its keeper's side."""

    platform: RunningPlatform

    def serai(self, *arguments: str) -> dict:
        environment = os.environ | {
            "SERAI_HOME": str(self.platform.home), "SERAI_PORT": self.platform.url.rsplit(":", 1)[1],
        }  # fmt: skip
        done = subprocess.run(
            [ROOT / "bin" / "serai", *arguments, "--json"], env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def subscription(self) -> dict:
        return self.serai("subscription", "list")[0]

    def wait_for(self, status: str) -> None:
        deadline = time.monotonic() + 40
        while (seen := self.subscription())["status"] != status:
            assert time.monotonic() < deadline, seen
            time.sleep(0.3)


@pytest.fixture(scope="module")
def seller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seller]:
    products = tmp_path_factory.mktemp("products")
    products.chmod(0o755)
    shutil.copytree(ROOT / "examples" / "hello", products / "hello")
    _sell(products / "hello" / "blueprint.yaml")
    with platform_up(SERAI_PRODUCTS=str(products)) as platform:
        yield Seller(platform)


def _sell(file: Path) -> None:
    """The example, for money: starter 10.00 and business 30.00 a month."""
    data = yaml.safe_load(file.read_text("utf-8"))
    free = data["packages"][0]
    data["packages"] = [
        free | {"key": key, "name": {"en": name, "ar": name}, "summary": {"en": name, "ar": name},
                "periods": [{"key": "monthly", "months": 1, "prices": dict.fromkeys(("USD", "EUR", "EGP"), price)}]}
        for key, name, price in (("starter", "Starter", "10.00"), ("business", "Business", "30.00"))
    ]  # fmt: skip
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 1000}, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    complaints = listen_for_complaints(page)
    yield page
    context.close()
    assert complaints == []


def enter(page: Page, url: str, path: str) -> None:
    """Go there, signing in where that is asked for."""
    page.goto(f"{url}{path}")
    if "/signin" not in page.url:
        return
    page.get_by_label("E-mail").fill(CUSTOMER)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").fill(code_for(page, url, CUSTOMER))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda seen: "/signin" not in seen)
    page.goto(f"{url}{path}")


def pay_by_card(page: Page, card: str) -> None:
    """On the sandbox's page."""
    page.wait_for_url("**/sandbox/pay/**")
    page.get_by_role("link", name=f"{card[:4]} … {card[-4:]}").click()
    page.get_by_role("button", name=re.compile("^(Pay|Save this card)$")).click()
    if card == CONFIRMS:
        page.get_by_role("button", name="Approve").click()


def wait_until_it_answers(url: str, statuses: set[int]) -> None:
    """The system, at its own address."""
    address, deadline = url.replace("localhost", "nour.apps.localhost"), time.monotonic() + 60
    while (status := answer(address)) not in statuses:
        assert time.monotonic() < deadline, status
        time.sleep(0.3)


def picture(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


def test_a_system_is_bought_upgraded_suspended_and_paid_back_to_life(page: Page, seller: Seller) -> None:
    url = seller.platform.url
    seller.serai("coupon", "create", "WELCOME", "--percent", "20")
    _buy(page, url)
    _look_at_the_invoice(page, url)
    _upgrade(page, seller)
    _let_the_renewal_fail(page, seller)
    _pay_and_resume(page, seller)
    books = seller.serai("ledger", "verify")
    assert [check["name"] for check in books["checks"] if check["broken"]] == []


def _buy(page: Page, url: str) -> None:
    page.goto(f"{url}/products/hello")
    page.get_by_role("link", name="Start with Starter").click()
    enter(page, url, "/start?product=hello&package=starter&period=monthly&currency=USD")
    page.locator("#name").fill("nour")
    expect(page.get_by_text("nour.apps.localhost is free")).to_be_visible()
    page.get_by_label("Coupon").fill("NONSENSE")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("There is no such coupon")).to_be_visible()
    page.get_by_label("Coupon").fill("welcome")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#checkout-total")).to_contain_text("8.00")
    page.get_by_label("Country").select_option("EG")
    page.get_by_label("Street and number").fill("26 July Street 7")
    page.get_by_label("City").fill("Cairo")
    page.get_by_label("Sandbox").check()
    page.get_by_label("Save it for renewals").check()
    picture(page, "checkout")
    page.get_by_role("button", name="Order and pay").click()
    pay_by_card(page, CONFIRMS)
    wait_until_it_answers(url, {200, 302, 401})


def _look_at_the_invoice(page: Page, url: str) -> None:
    page.goto(f"{url}/console/billing/invoices")
    page.get_by_role("link", name="INV-000001", exact=True).click()
    expect(page.locator(".bill-sum").first).to_contain_text("8.00")
    picture(page, "invoice")
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for language in ("en", "ar"):
        found = page.request.get(f"{page.url}.pdf?language={language}")
        assert found.ok
        assert found.body().startswith(b"%PDF-1.7")
        (ARTEFACTS / f"invoice-{language}.pdf").write_bytes(found.body())


def _upgrade(page: Page, seller: Seller) -> None:
    url = seller.platform.url
    page.goto(f"{url}/console/billing")
    page.get_by_role("link", name="nour", exact=True).first.click()
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Business").check()
    page.get_by_label("Now").check()
    expect(page.locator("#change-preview")).to_contain_text("unused time")
    picture(page, "change")
    page.get_by_role("button", name="Change it").click()
    page.wait_for_url("**/console/billing/**")
    deadline = time.monotonic() + 30
    while (invoices := seller.serai("invoice", "list"))[0]["state"] != "paid" or len(invoices) < 2:
        assert time.monotonic() < deadline, invoices
        time.sleep(0.3)
    assert invoices[0]["total"] == 3000 - 800  # at once: all of the new month less all of the old one


def _let_the_renewal_fail(page: Page, seller: Seller) -> None:
    url = seller.platform.url
    page.goto(f"{url}/console/billing/methods")
    page.get_by_label("Sandbox").check()
    page.get_by_role("button", name="Save a way to pay").click()
    pay_by_card(page, FAILS_LATER)
    page.goto(f"{url}/console/billing/methods")
    page.get_by_role("row", name=re.compile(FAILS_LATER[-4:])).get_by_role(
        "button", name="Make it the default"
    ).click()
    seller.serai("clock", "forward", "32")
    seller.wait_for("past_due")
    for _ in range(4):
        seller.serai("clock", "forward", "2")
        time.sleep(2.5)
    seller.wait_for("suspended")
    wait_until_it_answers(url, {402})
    kinds = [mail["kind"] for mail in seller.serai("mail", "list", "--limit", "50")]
    assert {"invoice_issued", "payment_failed", "subscription_suspended"} <= set(kinds)


def _pay_and_resume(page: Page, seller: Seller) -> None:
    url = seller.platform.url
    page.goto(url.replace("localhost", "nour.apps.localhost"))
    picture(page, "suspended")
    enter(page, url, "/console/billing")
    page.get_by_role("link", name="Pay now").first.click()
    page.get_by_label("Sandbox").check()
    page.get_by_role("button", name="Pay", exact=True).click()
    pay_by_card(page, GOOD)
    seller.wait_for("active")
    wait_until_it_answers(url, {200, 302, 401})
    enter(page, url, "/console/billing")
    picture(page, "billing")

"""Applications nobody here wrote, launched from their blueprints and used in a real browser."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import sign_in
from tests.e2e.conftest import ROOT, free_port

ARTEFACTS = ROOT / ".test-artifacts"


class Shop:
    """`serai up` as a newcomer gets it, with all products and the ERP `acme`."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
            "SERAI_HOME": str(directory / "home"), "SERAI_PORT": str(self.port),
        }  # fmt: skip
        self.log = directory / "up.log"

    def start(self) -> float:
        """Returns the seconds until everything was said to be up."""
        began = time.monotonic()
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [ROOT / "bin" / "serai", "up"], env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        while "Ctrl-C stops everything" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() - began < 400, self.log.read_text()
            time.sleep(0.2)
        return time.monotonic() - began

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def serai(self, *arguments: str) -> dict:
        done = subprocess.run(
            [ROOT / "bin" / "serai", *arguments, "--json"], env=self.environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout.strip().splitlines()[-1] if "--watch" in arguments else done.stdout)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="serai-shop-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        made = Shop(Path(name))
        made.start()
        yield made
        made.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Foreign applications: their consoles may complain (the ERP asks for optional files)."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context.new_page()
    context.close()


def sign_in_to_the_erp(page: Page, credentials: dict) -> None:
    """It asks for the password in a dialog of its own."""
    page.goto(credentials["url"])
    page.locator("#login").fill(credentials["login"])
    page.locator("#login").press("Enter")
    password = page.locator(".modal input[type=password]")
    password.fill(credentials["password"])
    password.press("Enter")


def keep(page: Page, name: str) -> None:
    """Into the artefacts; into the documents when they are to be renewed."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")
    if os.environ.get("SERAI_RENEW_IMAGES"):
        page.screenshot(path=ROOT / "docs" / "img" / f"{name}.png")


def test_the_erp_is_signed_in_to_with_the_handed_over_credentials(shop: Shop, page: Page) -> None:
    credentials = shop.serai("launch", "credentials", "acme")
    sign_in_to_the_erp(page, credentials)
    menu = page.locator("#menu")
    for entry in ("Sales", "Purchases", "Financial", "Inventory & Stock", "Projects"):
        expect(menu.get_by_text(entry, exact=True).first).to_be_visible(timeout=20_000)
    keep(page, "erp")


def test_a_visitor_orders_an_erp_and_watches_it_come_up(shop: Shop, page: Page) -> None:
    url = f"http://localhost:{shop.port}"
    sign_in(page, url, "sara@example.com")
    page.goto(f"{url}/start?product=erp&package=starter&period=monthly&lang=en")
    page.get_by_label("Address").fill("globex")
    page.get_by_role("button", name="Launch it").click()
    page.locator("[data-step][data-state=done]").nth(1).wait_for(timeout=30_000)
    keep(page, "progress")
    expect(page.locator("[data-operation-percent]")).to_have_text("100%", timeout=60_000)
    page.get_by_role("link", name="Open the system").click()
    expect(page).to_have_url(re.compile(r"/console/systems/lch_"))


def test_a_wrong_password_does_not_open_the_erp(shop: Shop, page: Page) -> None:
    credentials = shop.serai("launch", "credentials", "acme")
    sign_in_to_the_erp(page, credentials | {"password": "not-the-password"})
    page.wait_for_timeout(1000)
    expect(page.get_by_text("Sales", exact=True)).to_have_count(0)


def test_a_second_erp_is_a_copy_with_data_of_its_own(shop: Shop, page: Page) -> None:
    done = shop.serai(
        "launch", "create", "--product", "erp", "--name", "second", "--email", "second@example.com", "--watch"
    )
    assert done["state"] == "succeeded"
    first = shop.serai("launch", "credentials", "acme")
    second = shop.serai("launch", "credentials", "second")
    assert first["password"] != second["password"]
    sign_in_to_the_erp(page, second)
    expect(page.locator("#menu").get_by_text("Sales", exact=True).first).to_be_visible(timeout=20_000)


def test_wagtail_runs_from_its_blueprint_alone(shop: Shop, page: Page) -> None:
    done = shop.serai("launch", "create", "--product", "wagtail", "--name", "site", "--watch")
    assert done["state"] == "succeeded", done["error"]
    credentials = shop.serai("launch", "credentials", "site")
    page.goto(credentials["url"].rstrip("/") + "/admin/login/")
    page.locator("input[name=username]").fill(credentials["login"])
    page.locator("input[name=password]").fill(credentials["password"])
    page.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    expect(page.get_by_role("link", name="Pages").or_(page.get_by_role("button", name="Pages")).first).to_be_visible()
    keep(page, "wagtail")


def test_a_second_start_finds_everything_as_it_was_within_seconds(shop: Shop, page: Page) -> None:
    before = shop.serai("launch", "show", "acme")
    assert shop.stop() == 0
    seconds = shop.start()
    after = shop.serai("launch", "show", "acme")
    assert (after["id"], after["state"]) == (before["id"], "running")
    page.goto(after["url"])
    expect(page.locator("#login")).to_be_visible(timeout=20_000)
    assert seconds < 30, f"{seconds:.1f} s"

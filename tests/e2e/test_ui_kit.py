"""The kit page in a real browser: accessible in every language and theme, and within the policy."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import socketio
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from serai.kit.web.preferences import PreferencesMiddleware
from serai.kit.web.security_headers import SecurityHeadersMiddleware
from serai.portals.ui import samples
from serai.portals.ui.assets import ensure_node_modules
from serai.portals.ui.pages import router
from serai.portals.ui.setup import install
from tests.e2e.browsers import CHROMIUM, FLAGS

ARTEFACTS = Path(__file__).parents[2] / ".test-artifacts" / "ui-kit"
LOOKS = [(lang, theme) for lang in ("en", "ar") for theme in ("light", "dark")]


class Live:
    """A Socket.IO server that plays the sample operation to whoever watches it."""

    def __init__(self) -> None:
        self.server = socketio.AsyncServer(async_mode="asgi")
        self.watched: list[dict[str, Any]] = []
        self.open = True
        self.server.on("connect", self.connect)
        self.server.on("watch", self.watch)

    async def connect(self, _sid: str, _environ: dict[str, Any]) -> bool:
        return self.open

    async def watch(self, sid: str, message: dict[str, Any]) -> None:
        self.watched.append(message)
        after = message["after"]
        for elapsed in (600, 1700, 3600, 6000):
            snapshot = samples.operation(elapsed, after)
            after = max([after, *(line["id"] for line in snapshot["logs"])])
            await self.server.emit("operation", snapshot, to=sid)
            await asyncio.sleep(0.1)


class Served:
    def __init__(self) -> None:
        app = FastAPI()
        app.add_middleware(PreferencesMiddleware)
        app.add_middleware(SecurityHeadersMiddleware)
        install(app)
        app.include_router(router)
        self.live = Live()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        whole = socketio.ASGIApp(self.live.server, app)
        self.server = uvicorn.Server(
            uvicorn.Config(whole, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]})

    def __enter__(self) -> Self:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when anything is complained of in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def axe_violations(page: Page) -> list[str]:
    page.add_script_tag(path=ensure_node_modules() / "axe-core" / "axe.min.js")
    page.wait_for_timeout(250)  # transitions end
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_every_page_is_accessible(served: Served, browser: Browser, lang: str, theme: str) -> None:
    context = browser.new_context(
        bypass_csp=True, viewport={"width": 1280, "height": 860}, reduced_motion="reduce"
    )
    page = context.new_page()
    violations = []
    for name in ("", "/storefront"):
        page.goto(f"{served.url}/ui-kit{name}?lang={lang}&theme={theme}")
        page.wait_for_load_state("networkidle")
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        label = name.strip("/") or "components"
        page.screenshot(path=ARTEFACTS / f"{label}-{lang}-{theme}.png", full_page=True)
        violations += axe_violations(page)
    page.locator("[aria-controls=theme-menu]").click()
    violations += axe_violations(page)
    page.goto(f"{served.url}/ui-kit/operation")
    page.locator("[data-operation][data-finished=true]").wait_for()
    violations += axe_violations(page)
    page.goto(f"{served.url}/ui-kit")
    page.locator(".btn[data-open-dialog=remove]").click()
    violations += axe_violations(page)
    page.screenshot(path=ARTEFACTS / f"dialog-{lang}-{theme}.png")
    context.close()
    assert violations == []


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_pages_keep_within_the_policy(page: Page, served: Served, lang: str, theme: str) -> None:
    for name in ("", "/storefront"):
        page.goto(f"{served.url}/ui-kit{name}?lang={lang}&theme={theme}")
        page.wait_for_load_state("networkidle")
    root = page.locator("html")
    expect(root).to_have_attribute("dir", "rtl" if lang == "ar" else "ltr")
    expect(root).to_have_attribute("data-bs-theme", theme)
    assert page.evaluate("document.fonts.check('16px \"Serai Sans\"')")


def test_the_theme_is_switched_at_once_and_remembered(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit/storefront?lang=en")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("radio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_language_is_switched_and_remembered(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit/storefront?lang=en")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("link", name="العربية").click()
    page.goto(f"{served.url}/ui-kit")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.get_by_role("heading", level=1)).to_have_text("عدة الواجهة")


def test_the_period_switch_shows_other_prices(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit/storefront?lang=en")
    starter = page.locator("article.package").first
    expect(starter).to_contain_text("$19 per month")
    page.get_by_text("Yearly").click()
    expect(starter.locator("[data-period=yearly]")).to_be_visible()
    expect(starter.locator("[data-period=monthly]")).to_be_hidden()
    address = f"{served.url}/ui-kit?package=starter&period=yearly"
    expect(starter.get_by_role("link")).to_have_attribute("href", address)


def test_an_address_is_checked_while_it_is_typed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit?lang=en")
    address = page.get_by_label("Address")
    address.press_sequentially("acme", delay=20)
    expect(page.get_by_text("This address is taken.")).to_be_visible()
    address.press_sequentially("2", delay=20)
    expect(page.get_by_text("This address is free.")).to_be_visible()


def test_toasts_come_from_the_page_the_server_and_after_a_redirect(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit?lang=en")
    page.get_by_role("button", name="Toast from the server").click()
    expect(page.locator(".toast-note")).to_contain_text("Saved on the server")
    page.get_by_role("button", name="Ask first").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()
    expect(page.locator(".toast-note")).to_contain_text("The system is being removed")
    page.reload()
    expect(page.locator(".toast-note")).to_have_count(0)


def test_a_dangerous_change_asks_for_the_name(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit?lang=en")
    page.get_by_role("button", name="Remove the system").click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Remove")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("Type acme to confirm").fill("acme")
    expect(confirm).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_tabs_and_menus_follow_the_keyboard(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/ui-kit?lang=ar")
    page.get_by_role("tab").first.focus()
    page.keyboard.press("ArrowLeft")  # forward, right to left
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    page.locator("[aria-controls=table-menu]").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#table-menu a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#table-menu")).to_be_hidden()


def test_a_live_operation_is_shown_to_its_end(page: Page, served: Served) -> None:
    served.live.open = True
    served.live.watched.clear()
    page.goto(f"{served.url}/ui-kit/operation?lang=en&theme=light")
    link = page.get_by_role("link", name="Open the system")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", "/ui-kit?opened=1")
    expect(page.locator("[data-operation-percent]")).to_have_text("100%")
    expect(page.locator("[data-step][data-state=succeeded]")).to_have_count(6)
    expect(page.locator("[data-log-id]")).to_have_count(6)
    assert served.live.watched[0] == {"operation": "op_sample", "after": 0, "lang": "en"}
    page.screenshot(path=ARTEFACTS / "operation-finished.png")


def test_a_live_operation_is_polled_when_the_socket_is_refused(served: Served, browser: Browser) -> None:
    served.live.open = False
    page = browser.new_page()
    page.goto(f"{served.url}/ui-kit/operation?lang=en")
    expect(page.get_by_role("link", name="Open the system")).to_be_visible(timeout=9000)
    expect(page.locator("[data-log-id]")).to_have_count(6)
    page.close()
    served.live.open = True


def test_a_lost_connection_is_said_and_taken_up_again(served: Served, browser: Browser) -> None:
    served.live.open = False
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.url}/ui-kit/operation?lang=en")
    page.locator("[data-operation][data-watched]").wait_for()
    context.set_offline(True)
    expect(page.get_by_text("The connection is lost.")).to_be_visible()
    served.live.open = True
    context.set_offline(False)
    expect(page.get_by_role("link", name="Open the system")).to_be_visible(timeout=9000)
    expect(page.get_by_text("The connection is lost.")).to_be_hidden()
    context.close()


def test_small_screens_have_a_navigation_that_opens(page: Page, served: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{served.url}/ui-kit?lang=ar&theme=light")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=ARTEFACTS / "components-small.png", full_page=True)
    entry = page.get_by_role("link", name="عملية مباشرة")
    expect(entry).to_be_hidden()
    page.locator("[data-toggle-navigation]").click()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()

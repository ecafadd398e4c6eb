"""From the first page to a running system, through the real pages of a real platform."""

import base64
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import axe_violations, code_for, listen_for_complaints, sign_in
from tests.e2e.conftest import RunningPlatform

ARTEFACTS = Path(__file__).parents[2] / ".test-artifacts" / "pages"
VISITOR, STAFF = "sara@example.com", "keeper@example.com"


@pytest.fixture(scope="module")
def launched(running_platform: RunningPlatform, chromium: Browser) -> Iterator[Page]:
    """A system called base, launched by its customer, whose signed-in page this is."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, bypass_csp=True,
                                   reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    sign_in(page, running_platform.url, "base@example.com")
    launch(page, running_platform.url, "base")
    yield page
    context.close()


def launch(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/start?product=hello&lang=en")
    page.get_by_label("Address").fill(name)
    page.get_by_role("button", name="Launch it").click()
    page.locator("[data-operation][data-finished=true]").wait_for(timeout=60_000)
    expect(page.locator("[data-operation-state]")).to_have_attribute("data-state", "succeeded")


def answer(address: str, login: str = "", password: str = "") -> int:
    """The status with which a system answers; *.localhost is not resolved outside of browsers."""
    port = address.rsplit(":", 1)[1].rstrip("/")
    host = address.removeprefix("http://").rstrip("/")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    if login:
        key = base64.b64encode(f"{login}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {key}")
    try:
        with urllib.request.urlopen(request, timeout=10) as found:
            return int(found.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_new_visitor_gets_a_running_system(visitor: Page, running_platform: RunningPlatform) -> None:
    page, url = visitor, running_platform.url
    page.goto(url)
    page.get_by_role("link", name="Hello").click()
    page.get_by_role("link", name="Start with Free").click()
    _sign_up(page, url)

    expect(page).to_have_url(re.compile(r"/start\?product=hello&package=free"))
    _try_names(page)
    page.get_by_role("button", name="Launch it").click()

    expect(page).to_have_url(re.compile(r"/console/operations/op_"))
    expect(page.locator("[data-operation-percent]")).to_have_text("100%", timeout=60_000)
    expect(page.locator("[data-step][data-state=done]")).to_have_count(7)
    expect(page.locator("[data-log-id]").first).to_be_visible()
    page.get_by_role("link", name="Open the system").click()

    expect(page).to_have_url(re.compile(r"/console/systems/lch_"))
    address, login, password = _read_credentials(page)
    assert address == running_platform.address_of("nile")
    assert answer(address) == 401
    assert answer(address, login, "wrong") == 401
    assert answer(address, login, password) == 200
    _not_shown_again(page)


def _sign_up(page: Page, url: str) -> None:
    page.get_by_label("E-mail").fill("sara at example")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.locator(".field-error")).to_contain_text("Enter an e-mail address")
    page.get_by_label("E-mail").fill(VISITOR)
    page.get_by_role("button", name="Send me a code").click()
    code = code_for(page, url, VISITOR)
    page.get_by_label("One-time code").fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".field-error")).to_contain_text("This code is wrong")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.locator(".toast-note")).to_contain_text("A new code is on its way")
    page.get_by_label("One-time code").fill(code_for(page, url, VISITOR))
    page.get_by_role("button", name="Sign in").click()


def _try_names(page: Page) -> None:
    page.wait_for_load_state()  # typed before the scripts run, nothing would ask
    field, status = page.get_by_label("Address"), page.locator("#name-status")
    for name, reason in (("admin", "is reserved"), ("Nile Co", "letters a to z"), ("ab", "at least 3")):
        field.fill("")
        field.press_sequentially(name, delay=5)
        expect(status).to_contain_text(reason)
    page.get_by_role("button", name="Launch it").click()
    expect(page.locator(".field-error")).to_contain_text("at least 3")
    field.fill("")
    field.press_sequentially("nile", delay=5)
    expect(status).to_contain_text("nile.apps.localhost is free.")


def _read_credentials(page: Page) -> tuple[str, str, str]:
    page.get_by_role("button", name="Show the credentials").click()
    found = page.locator("[data-secret]").all_text_contents()
    assert len(found) == 3
    return found[0], found[1], found[2]


def _not_shown_again(page: Page) -> None:
    page.get_by_role("link", name="I have saved them").click()
    expect(page.locator("#credentials")).to_contain_text("are not kept")
    expect(page.locator("[data-secret]")).to_have_count(0)
    page.goto(f"{page.url}/credentials")
    expect(page.locator("#credentials")).to_contain_text("are not kept")
    expect(page.locator("[data-secret]")).to_have_count(0)


def test_a_taken_name_is_refused_while_typing_and_when_sent(
    launched: Page, visitor: Page, running_platform: RunningPlatform
) -> None:
    sign_in(visitor, running_platform.url, "other@example.com")
    visitor.goto(f"{running_platform.url}/start?product=hello")
    visitor.get_by_label("Address").press_sequentially("base", delay=5)
    expect(visitor.locator("#name-status")).to_contain_text("base is taken.")
    visitor.get_by_role("button", name="Launch it").click()
    expect(visitor.locator(".field-error")).to_contain_text("base is taken.")


def test_a_stranger_sees_neither_system_nor_admin(
    launched: Page, visitor: Page, running_platform: RunningPlatform
) -> None:
    launched.goto(f"{running_platform.url}/console/systems?lang=en")
    href = launched.get_by_role("link", name="base", exact=True).get_attribute("href")
    sign_in(visitor, running_platform.url, "stranger@example.com")
    for path in (href, "/admin", "/admin/systems", "/console/operations/op_1"):
        visitor.goto(f"{running_platform.url}{path}")
        expect(visitor.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_a_system_is_stopped_started_and_removed_from_its_page(
    visitor: Page, running_platform: RunningPlatform
) -> None:
    page, url = visitor, running_platform.url
    sign_in(page, url, "owner@example.com")
    launch(page, url, "shortlived")
    page.get_by_role("link", name="Open the system").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".toast-note")).to_contain_text("shortlived is being stopped.")
    state = page.locator(".page-actions [data-state]").first
    expect(state).to_have_attribute("data-state", "stopped", timeout=20_000)
    _shown_at_the_address(page, running_platform, "This system is stopped")

    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    expect(state).to_have_attribute("data-state", "running", timeout=20_000)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Terminate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Terminate")).to_be_disabled()
    dialog.get_by_label("Type shortlived to confirm").fill("shortlived")
    dialog.get_by_role("button", name="Terminate").click()
    expect(state).to_have_attribute("data-state", "terminated", timeout=20_000)
    _shown_at_the_address(page, running_platform, "This system has been removed")


def _shown_at_the_address(page: Page, platform: RunningPlatform, heading: str) -> None:
    other = page.context.new_page()
    found = other.goto(platform.address_of("shortlived"))
    assert found is not None
    assert found.status == 404
    expect(other.get_by_role("heading", level=1)).to_have_text(heading)
    expect(other.get_by_role("link", name="To the storefront")).to_have_attribute("href", platform.url)
    other.close()


def test_staff_see_the_whole_platform(
    launched: Page, visitor: Page, running_platform: RunningPlatform
) -> None:
    running_platform.make_staff(STAFF)
    sign_in(visitor, running_platform.url, STAFF)
    visitor.goto(f"{running_platform.url}/console/systems")
    expect(visitor.get_by_role("heading", name="No systems yet")).to_be_visible()
    visitor.goto(f"{running_platform.url}/admin")
    expect(visitor.locator(".kpi").filter(has_text="Workers alive")).to_contain_text("1")
    visitor.get_by_role("link", name="Systems", exact=True).click()
    visitor.get_by_label("Search by name").press_sequentially("base", delay=5)
    expect(visitor.locator("#systems tbody tr")).to_have_count(1)
    visitor.get_by_role("link", name="base", exact=True).click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("base")
    expect(visitor.locator("#credentials")).to_have_count(0)


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ar", "light"), ("ar", "dark")])
def test_every_page_is_accessible_and_in_the_reader_s_language(
    launched: Page, running_platform: RunningPlatform, chromium: Browser, lang: str, theme: str
) -> None:
    url, look = running_platform.url, f"lang={lang}&theme={theme}"
    launched.goto(f"{url}/console/operations?lang=en")
    operation = launched.get_by_role("link", name="Launch", exact=True).first.get_attribute("href")
    launched.goto(f"{url}/console/systems")
    system = launched.get_by_role("link", name="base", exact=True).get_attribute("href")
    staff_email = f"staff-{lang}-{theme}@example.com"
    running_platform.make_staff(staff_email)
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, bypass_csp=True,
                                   reduced_motion="reduce")  # fmt: skip
    staff = context.new_page()
    complaints = listen_for_complaints(staff, listen_for_complaints(launched))
    found = _visit(staff, url, look, ["/", "/products/hello", "/signin", "/nothing", "/no-such-system",
                                      "/signin/code?email=sara@example.com", "/mailbox"])  # fmt: skip
    sign_in(staff, url, staff_email)
    found += _visit(launched, url, look, [
        "/start?product=hello", "/console/systems", f"{system}", "/console/operations", f"{operation}",
        "/console/operations?state=failed",
    ])  # fmt: skip
    found += _visit(staff, url, look, ["/console/systems", "/admin", "/admin/systems", "/admin/operations",
                                       f"{system}".replace("console", "admin")])  # fmt: skip
    context.close()
    assert found == []
    assert complaints == []


def _visit(page: Page, url: str, look: str, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"{url}{path}{'&' if '?' in path else '?'}{look}")
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if "lang=ar" in look else "ltr")
        found += axe_violations(page)
        name = re.sub(r"\W+", "-", path.split("?")[0]).strip("-") or "home"
        page.screenshot(path=ARTEFACTS / f"{name[:40]}-{look[5:7]}-{look[14:]}.png", full_page=True)
    return found

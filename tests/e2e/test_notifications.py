"""The bell rings on an open page; its pages are accessible in both languages."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.i18n import N_
from serai.modules import identity, notifications
from tests.e2e.browsers import axe_violations, sign_in
from tests.e2e.conftest import RunningPlatform

MONA, STAFF = "mona.bell@example.com", "post@example.com"


@pytest.fixture(scope="module")
def tried(running_platform: RunningPlatform, chromium: Browser) -> Iterator[Page]:
    """A page signed in as Mona, without the policy, so that axe can be put into it."""
    yield from _page(running_platform, chromium, MONA)


@pytest.fixture(scope="module")
def staff(running_platform: RunningPlatform, chromium: Browser) -> Iterator[Page]:
    running_platform.make_staff(STAFF)
    yield from _page(running_platform, chromium, STAFF)


def _page(platform: RunningPlatform, chromium: Browser, email: str) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 860}, bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, platform.url, email)
    yield page
    context.close()


def tell(platform: RunningPlatform, email: str, name: str) -> None:
    async def work() -> None:
        database = Database((platform.home / "secrets" / "database_url").read_text()).acting(SYSTEM)
        async with database.transaction() as session:
            user, _ = await identity.ensure_user(session, email)
            await notifications.tell(
                session, "launches", N_("%(name)s is ready"), user_id=user.id, link="/console/systems", name=name
            )
        await database.close()

    # Playwright keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as other_thread:
        other_thread.submit(asyncio.run, work()).result()


def test_the_bell_rings_live_and_is_silent_once_all_is_read(
    visitor: Page, running_platform: RunningPlatform
) -> None:
    page, url = visitor, running_platform.url
    sign_in(page, url, "bell@example.com")
    bell, badge = page.locator("[data-bell]"), page.locator("[data-bell-count]")
    expect(bell).to_have_attribute("aria-label", "Messages: none unread")
    tell(running_platform, "bell@example.com", "nile")
    expect(badge).to_have_text("1")
    expect(bell).to_have_attribute("aria-label", "Messages: 1 unread")
    expect(page.locator(".toast-note")).to_contain_text("nile is ready")
    bell.click()
    expect(page.locator("#notifications")).to_contain_text("nile is ready")
    tell(running_platform, "bell@example.com", "delta")
    expect(page.locator("#notifications")).to_contain_text("delta is ready")
    page.get_by_role("button", name=re.compile("^delta is ready")).click()
    expect(page).to_have_url(re.compile("/console/systems"))
    expect(badge).to_have_text("1")
    page.goto(f"{url}/console/notifications")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".toast-note").first).to_contain_text("marked as read")
    expect(badge).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/console/notifications", "/console/settings/notifications", "/console/settings/mails"])
def test_pages_of_a_person_are_accessible(
    tried: Page, running_platform: RunningPlatform, path: str, language: str
) -> None:
    tell(running_platform, MONA, "nile")
    tried.goto(f"{running_platform.url}{path}?lang={language}")
    assert axe_violations(tried) == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_of_the_staff_are_accessible(staff: Page, running_platform: RunningPlatform, language: str) -> None:
    url = running_platform.url
    for path in ("/admin/mails", "/admin/mails/suppressions", "/admin/mails/templates",
                 f"/admin/mails/templates/launch_ready/{language}"):  # fmt: skip
        staff.goto(f"{url}{path}?lang={language}")
        assert axe_violations(staff) == []
    staff.goto(f"{url}/admin/mails?lang={language}&search={STAFF}")
    staff.locator("table a").first.click()
    staff.locator("h1").wait_for()
    assert axe_violations(staff) == []


def test_a_template_is_shown_as_it_looks(staff: Page, running_platform: RunningPlatform) -> None:
    staff.goto(f"{running_platform.url}/admin/mails/templates/sign_in_code/ar/html")
    expect(staff.locator("html")).to_have_attribute("dir", "rtl")
    assert axe_violations(staff) == []

"""Account, team, roles, keys, audit and staff in a real browser: used once, and axe-clean in both
languages, light and dark."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import axe_violations, listen_for_complaints, sign_in
from tests.e2e.conftest import RunningPlatform

BOSS, GUEST = "boss@example.com", "guest@example.com"
PAGES = (
    "/console/accounts", "/console/settings/profile", "/console/settings/account", "/console/settings/team",
    "/console/settings/roles", "/console/settings/roles/new", "/console/settings/keys",
    "/console/settings/keys/new", "/console/settings/audit", "/console/settings/provisioning",
    "/console/settings/mails", "/oidc/logout", "/admin/staff", "/admin/accounts", "/admin/audit",
)  # fmt: skip


@pytest.fixture(scope="module")
def boss(running_platform: RunningPlatform, chromium: Browser) -> Iterator[Page]:
    """A superadmin who is also the owner of an account; the policy is set aside for axe alone."""
    running_platform.make_staff(BOSS)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", bypass_csp=True)
    page = context.new_page()
    complaints = listen_for_complaints(page)
    sign_in(page, running_platform.url, BOSS)
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_without_a_violation(
    running_platform: RunningPlatform, boss: Page, language: str, path: str
) -> None:
    boss.goto(f"{running_platform.url}{path}?lang={language}")
    expect(boss.locator("html")).to_have_attribute("lang", language)
    violations = axe_violations(boss)
    if directory := os.environ.get("SERAI_SHOTS"):
        boss.screenshot(path=Path(directory) / f"{path.strip('/').replace('/', '-')}-{language}.png", full_page=True)
    assert violations == []


def test_in_the_dark_and_on_a_phone(running_platform: RunningPlatform, boss: Page) -> None:
    boss.set_viewport_size({"width": 390, "height": 844})
    for path in ("/console/settings/team", "/console/settings/roles", "/console/settings/audit"):
        boss.goto(f"{running_platform.url}{path}?lang=en&theme=dark")
        assert axe_violations(boss) == []
        wide = boss.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the phone"
    boss.goto(f"{running_platform.url}/console?theme=light")
    boss.set_viewport_size({"width": 1280, "height": 900})


def test_somebody_is_invited_joins_and_becomes_what_their_role_says(
    running_platform: RunningPlatform, boss: Page, visitor: Page
) -> None:
    url = running_platform.url
    boss.goto(f"{url}/console/settings/team?lang=en")
    boss.get_by_label("E-mail").fill(GUEST)
    boss.get_by_label("Role", exact=True).select_option("viewer")
    boss.get_by_role("button", name="Invite").click()
    expect(boss.locator(".toast-note")).to_contain_text("is invited")
    sign_in(visitor, url, GUEST)
    visitor.goto(_link_in_the_mail(visitor, url, GUEST))
    visitor.get_by_role("button", name="Join the team").click()
    visitor.wait_for_url("**/console/systems")
    visitor.goto(f"{url}/console/settings/team")
    expect(visitor.get_by_text("Invite somebody")).to_have_count(0)
    boss.reload()
    row = boss.get_by_role("row").filter(has_text=GUEST)
    row.get_by_role("combobox").select_option("developer")
    row.get_by_role("button", name="Change").click()
    expect(boss.locator(".toast-note")).to_contain_text("it holds at once")
    visitor.goto(f"{url}/console/settings/keys")
    expect(visitor.get_by_role("heading", level=1, name="API keys")).to_be_visible()


def test_a_key_is_made_and_revoked(running_platform: RunningPlatform, boss: Page) -> None:
    boss.goto(f"{running_platform.url}/console/settings/keys/new?lang=en")
    boss.get_by_label("What it is for").fill("Deployment")
    boss.get_by_label("See systems").check()
    boss.get_by_role("button", name="Make the key").click()
    expect(boss.locator("[data-secret]")).to_contain_text("serai_")
    boss.get_by_role("link", name="Done").click()
    row = boss.get_by_role("row").filter(has_text="Deployment")
    row.get_by_role("button", name="More about Deployment").click()
    boss.get_by_role("button", name="Revoke").first.click()
    boss.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(boss.locator(".toast-note")).to_contain_text("no longer works")
    expect(row).to_contain_text("Ended")


def test_support_enters_an_account_and_leaves_it(
    running_platform: RunningPlatform, boss: Page
) -> None:
    boss.goto(f"{running_platform.url}/admin/accounts?search={GUEST}&lang=en")
    boss.get_by_role("link", name=GUEST).first.click()
    boss.get_by_role("button", name="Enter for support").click()
    boss.get_by_label("Reason").fill("Looking into the invitation")
    boss.get_by_role("dialog").get_by_role("button", name="Enter").click()
    boss.wait_for_url("**/console/systems")
    banner = boss.locator(".support-banner")
    expect(banner).to_contain_text(BOSS)
    expect(banner).to_contain_text("Nothing can be changed")
    assert axe_violations(boss) == []
    banner.get_by_role("button", name="Leave the account").click()
    boss.wait_for_url("**/admin/accounts")


def _link_in_the_mail(page: Page, url: str, email: str) -> str:
    box = page.context.new_page()
    box.goto(f"{url}/mailbox")
    text = box.locator("section.card").filter(has_text=email).filter(has_text="/invitations/").first.inner_text()
    box.close()
    start = text.index(f"{url}/invitations/")
    return text[start:].split()[0]

"""Every way of signing in, in a real browser against the real platform."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.secrets import Vault
from serai.modules.identity import federation
from tests.e2e import oidc
from tests.e2e.browsers import axe_violations, code_for, listen_for_complaints, sign_in
from tests.e2e.conftest import RunningPlatform, free_port

ARTEFACTS = Path(__file__).parents[2] / ".test-artifacts" / "pages"
PASSWORD = "otter copper lamp quarry"
SECURITY = "/console/settings/security"


@pytest.fixture
def person(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
    page = context.new_page()
    complaints = listen_for_complaints(page)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def idp(running_platform: RunningPlatform) -> Iterator[oidc.OidcProvider]:
    callback = f"{running_platform.url}/signin/with/idp/callback"
    with oidc.running(free_port(), callback) as made:
        _offer(running_platform, made.issuer)
        yield made


def _offer(platform: RunningPlatform, issuer: str) -> None:
    change = federation.ProviderChange("idp", federation.OIDC, "Our IdP", issuer, oidc.CLIENT_ID, oidc.CLIENT_SECRET)

    async def make() -> None:
        database = Database((platform.home / "secrets" / "database_url").read_text()).acting(SYSTEM)
        vault = Vault(platform.home / "secrets" / "master.key")
        async with database.transaction() as session:
            await federation.put_provider(session, SYSTEM, vault, change)
            await federation.switch_provider(session, SYSTEM, "idp", on=True)
        await database.close()

    # Playwright keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as other_thread:
        other_thread.submit(asyncio.run, make()).result()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Account of")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".toast-note")).to_contain_text("You are signed out")


def security_key(page: Page) -> Any:
    """Chromium's virtual authenticator: keeps passkeys and confirms them by itself."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def set_password(page: Page, url: str) -> None:
    page.goto(f"{url}{SECURITY}/password")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".toast-note")).to_contain_text("Your password is set")


def set_up_app(page: Page, url: str) -> tuple[pyotp.TOTP, list[str]]:
    page.goto(f"{url}{SECURITY}/app")
    expect(page.get_by_alt_text("QR code for your authenticator app")).to_be_visible()
    app = pyotp.TOTP(page.locator(".copyable code").inner_text().replace(" ", ""))
    page.get_by_label("Code of the app").fill(app.now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="The authenticator app is set up")).to_be_visible()
    return app, page.locator(".recovery-codes code").all_inner_texts()


def begin_with_password(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/signin?lang=en")
    page.get_by_role("link", name="Use a password").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_with_a_password_that_is_set_changed_by_mail_and_used(
    person: Page, running_platform: RunningPlatform
) -> None:
    page, url, email = person, running_platform.url, "password@example.com"
    sign_in(page, url, email)
    page.goto(f"{url}{SECURITY}/password")
    page.get_by_label("New password").fill("Password1234")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".field-error")).to_contain_text("first that attackers try")
    set_password(page, url)
    sign_out(page)
    begin_with_password(page, url, email)
    page.wait_for_url("**/console/systems")
    sign_out(page)

    page.goto(f"{url}/signin/reset")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(link_for(page, url, email, "/signin/reset/new"))
    page.get_by_label("New password").fill("seven brass kettles sing")
    page.get_by_role("button", name="Set the password").click()
    begin_with_password(page, url, email)
    expect(page.locator("[role=alert].note")).to_contain_text("E-mail or password is wrong")
    page.get_by_label("Password").fill("seven brass kettles sing")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/systems")


def link_for(page: Page, url: str, email: str, path: str) -> str:
    """The newest link below `path` in the mailbox: some mails are written after the answer."""
    box = page.context.new_page()
    card = box.locator("section.card").filter(has_text=email).filter(has_text=path).first
    for _ in range(40):
        box.goto(f"{url}/mailbox")
        if card.count():
            break
        box.wait_for_timeout(250)
    found = re.search(rf"{re.escape(path)}\?token=[\w-]+", card.inner_text())
    box.close()
    assert found is not None
    return url + found[0]


def test_with_an_authenticator_app_and_with_a_recovery_code(
    person: Page, running_platform: RunningPlatform
) -> None:
    page, url, email = person, running_platform.url, "app@example.com"
    sign_in(page, url, email)
    set_password(page, url)
    app, codes = set_up_app(page, url)
    assert len(codes) == 10
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert Path(saved.value.path()).read_text().split() == codes
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    begin_with_password(page, url, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_label("Code of the app").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".field-error")).to_contain_text("does not fit")
    page.get_by_label("Code of the app").fill(app.at(_next_step()))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/systems")
    sign_out(page)

    begin_with_password(page, url, email)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/systems")
    page.goto(f"{url}{SECURITY}")
    expect(page.get_by_text("9 codes left")).to_be_visible()


def _next_step() -> int:
    """A moment in the next half minute: the code of this one was used to set the app up."""
    import time

    return int(time.time()) + 30


def test_with_a_passkey_without_typing_an_address(person: Page, running_platform: RunningPlatform) -> None:
    page, url, email = person, running_platform.url, "passkey@example.com"
    devtools, authenticator = security_key(page)
    sign_in(page, url, email)
    page.goto(f"{url}{SECURITY}")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of the passkey").fill("Test laptop")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("heading", name="The passkey is added")).to_be_visible()
    held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [each["rpId"] for each in held] == ["localhost"]
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Test laptop").first).to_be_visible()
    sign_out(page)

    page.goto(f"{url}/signin?next=/console/operations")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/console/operations")
    sign_out(page)

    _begin_with_code(page, url, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/console/systems")

    page.goto(f"{url}{SECURITY}/passkeys/new")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.locator(".toast-note")).to_contain_text("has a passkey here already")
    sign_out(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.goto(f"{url}/signin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".toast-note")).to_contain_text("The passkey was not used")


def _begin_with_code(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/signin")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").fill(code_for(page, url, email))
    page.get_by_role("button", name="Sign in").click()


def with_idp(page: Page, url: str, who: str) -> None:
    page.goto(f"{url}/signin?lang=en")
    page.get_by_role("link", name="Continue with Our IdP").click()
    page.get_by_label("Who are you?").fill(who)
    page.get_by_role("button", name="Agree").click()


def test_with_another_service_as_a_new_person(
    person: Page, running_platform: RunningPlatform, idp: oidc.OidcProvider
) -> None:
    page, url = person, running_platform.url
    with_idp(page, url, "new@work.example")
    page.wait_for_url("**/console/systems")
    page.goto(f"{url}{SECURITY}")
    expect(page.get_by_text("new@work.example").last).to_be_visible()
    expect(page.get_by_role("button", name="Unlink Our IdP")).to_be_visible()
    sign_out(page)
    page.goto(f"{url}/signin")
    page.get_by_role("link", name="Continue with Our IdP").click()
    page.wait_for_url("**/console/systems")


def test_another_service_does_not_open_somebody_s_account_until_they_link_it(
    person: Page, running_platform: RunningPlatform, idp: oidc.OidcProvider
) -> None:
    page, url, email = person, running_platform.url, "owner-of-all@example.com"
    sign_in(page, url, email)
    sign_out(page)
    with_idp(page, url, email)
    expect(page.locator(".toast-note")).to_contain_text("Sign in as you did before")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").fill(code_for(page, url, email))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Link Our IdP?")
    page.get_by_role("button", name="Link it").click()
    expect(page.locator(".toast-note")).to_contain_text("Our IdP is linked")
    sign_out(page)
    page.goto(f"{url}/signin")
    page.get_by_role("link", name="Continue with Our IdP").click()
    page.wait_for_url("**/console/systems")


def test_another_service_that_does_not_verify_the_address_signs_nobody_up(
    person: Page, running_platform: RunningPlatform, idp: oidc.OidcProvider
) -> None:
    with_idp(person, running_platform.url, "unverified@example.com")
    expect(person.locator(".toast-note")).to_contain_text("does not confirm an e-mail address")
    expect(person).to_have_url(re.compile("/signin"))


def test_a_session_is_ended_from_another_browser(
    person: Page, chromium: Browser, running_platform: RunningPlatform
) -> None:
    page, url, email = person, running_platform.url, "two-browsers@example.com"
    sign_in(page, url, email)
    other = chromium.new_context()
    elsewhere = other.new_page()
    sign_in(elsewhere, url, email)
    page.goto(f"{url}/console/settings/sessions")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="End all others").click()
    page.get_by_role("dialog").get_by_role("button", name="End them").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    elsewhere.goto(f"{url}/console/systems")
    expect(elsewhere).to_have_url(re.compile("/signin"))
    other.close()


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ar", "light"), ("ar", "dark")])
def test_the_pages_of_signing_in_are_accessible(
    running_platform: RunningPlatform, chromium: Browser, idp: oidc.OidcProvider, lang: str, theme: str
) -> None:
    url, email = running_platform.url, f"axe-{lang}-{theme}@example.com"
    look = f"lang={lang}&theme={theme}"
    running_platform.make_staff(email)
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, bypass_csp=True,
                                   reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    complaints = listen_for_complaints(page)
    security_key(page)
    sign_in(page, url, email)
    set_password(page, url)
    page.goto(f"{url}{SECURITY}/passkeys/new?{look}")
    page.locator("form[data-passkey=create] [type=submit]").click()
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    found = _check(page, "recovery-codes", look)
    found += _look_at(page, url, look, [
        SECURITY, f"{SECURITY}/password", f"{SECURITY}/email", f"{SECURITY}/app", f"{SECURITY}/passkeys/new",
        "/console/settings/sessions", "/console/confirm", "/admin/sign-in-providers",
        "/admin/sign-in-providers/new?preset=microsoft", "/admin/sign-in-providers/idp/edit",
    ])  # fmt: skip
    page.goto(f"{url}/console/systems?lang=en")
    sign_out(page)
    page.goto(f"{url}/signin/reset?{look}")
    page.locator("input[name=email]").fill(email)
    page.locator("main [type=submit]").click()
    page.locator("main a[href='/mailbox']").wait_for()
    found += _check(page, "reset-sent", look)
    reset = link_for(page, url, email, "/signin/reset/new").removeprefix(url)
    begin_with_password(page, url, email)
    found += _look_at(page, url, look, [
        "/signin", "/signin/password", "/signin/second", "/signin/recovery", "/signin/reset", reset,
        "/email/confirm?token=x", "/email/undo?token=x",
    ])  # fmt: skip
    context.close()
    assert found == []
    assert complaints == []


def _look_at(page: Page, url: str, look: str, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"{url}{path}{'&' if '?' in path else '?'}{look}")
        found += _check(page, re.sub(r"\W+", "-", path.split("?")[0]).strip("-"), look)
    return found


def _check(page: Page, name: str, look: str) -> list[str]:
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if "lang=ar" in look else "ltr")
    expect(page.locator("h1")).to_have_count(1)
    page.screenshot(path=ARTEFACTS / f"{name[:40]}-{look[5:7]}-{look[14:]}.png", full_page=True)
    return axe_violations(page)

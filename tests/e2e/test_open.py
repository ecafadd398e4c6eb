"""Into a launched system without its password: by “Open”, and by “Sign in with Serai”."""

import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e.browsers import code_for, listen_for_complaints, sign_in
from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_storefront import launch

OWNER, STRANGER = "opener@example.com", "stranger@example.com"


@pytest.fixture(scope="module")
def owner(running_platform: RunningPlatform, chromium: Browser) -> Iterator[Page]:
    """The page of somebody who is signed in and has launched a system called door."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    complaints = listen_for_complaints(page)
    sign_in(page, running_platform.url, OWNER)
    launch(page, running_platform.url, "door")
    page.get_by_role("link", name="Open the system").click()
    expect(page).to_have_url(re.compile(r"/console/systems/lch_"))
    yield page
    context.close()
    assert complaints == []


def ask(address: str) -> tuple[int, str]:
    """What a system answers somebody without cookies; *.localhost is not resolved outside of browsers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def sign_in_here(page: Page, url: str, email: str) -> None:
    """On the form that is shown, without knowing where it leads afterwards."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").wait_for()
    page.get_by_label("One-time code").fill(code_for(page, url, email))
    page.get_by_role("button", name="Sign in").click()


def test_open_lets_its_people_in_by_name_and_each_token_once(
    owner: Page, running_platform: RunningPlatform
) -> None:
    system = running_platform.address_of("door")
    seen: list[str] = []

    def note(response: Response) -> None:
        if response.url.startswith(f"{system}/open?"):
            seen.append(response.url)

    owner.context.on("response", note)
    with owner.context.expect_page() as opened:
        owner.get_by_role("button", name="Open", exact=True).click()
    inside = opened.value
    expect(inside.get_by_role("heading", name=f"Hello from door, {OWNER}!")).to_be_visible()
    expect(inside).to_have_url(f"{system}/")
    expect(inside.get_by_text("You are owner here.")).to_be_visible()
    inside.context.clear_cookies(name="person")
    inside.close()
    assert len(seen) == 1
    status, said = ask(seen[0])
    assert (status, "You are not signed in" in said, "invalid_grant" in said) == (403, True, True)


def test_the_system_s_own_button_asks_serai_where_the_session_is(
    owner: Page, running_platform: RunningPlatform
) -> None:
    system, inside = running_platform.address_of("door"), owner.context.new_page()
    answer = inside.goto(system)
    assert answer is not None
    assert answer.status == 401
    inside.get_by_role("link", name="Sign in with Serai").click()
    expect(inside.get_by_role("heading", name=f"Hello from door, {OWNER}!")).to_be_visible()
    expect(inside).to_have_url(f"{system}/")
    inside.get_by_role("link", name="Sign out").click()
    expect(inside.get_by_role("heading", name="Sign out of Serai, too?")).to_be_visible()
    inside.get_by_role("link", name="Stay signed in").click()
    expect(inside.get_by_role("heading", name="Sign in, please.")).to_be_visible()
    inside.close()


def test_who_is_not_signed_in_comes_back_to_the_system_after_signing_in(
    owner: Page, chromium: Browser, running_platform: RunningPlatform
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    complaints = listen_for_complaints(page)
    page.goto(f"{running_platform.address_of('door')}/sign-in")
    expect(page).to_have_url(re.compile(r"/signin\?next="))
    sign_in_here(page, running_platform.url, OWNER)
    expect(page.get_by_role("heading", name=f"Hello from door, {OWNER}!")).to_be_visible()
    context.close()
    assert complaints == []


def test_somebody_of_another_account_is_refused(
    owner: Page, visitor: Page, running_platform: RunningPlatform
) -> None:
    sign_in(visitor, running_platform.url, STRANGER)
    visitor.goto(f"{running_platform.address_of('door')}/sign-in")
    expect(visitor.get_by_text("You may not sign in to door.")).to_be_visible()
    visitor.get_by_role("link", name="Back to door").click()
    expect(visitor.get_by_text("You are not signed in: access_denied")).to_be_visible()
    answer = visitor.goto(running_platform.address_of("door"))
    assert answer is not None
    assert answer.status == 401

"""Chromium as the end-to-end tests use it, and what a page must keep to."""

import re
import shutil

from playwright.sync_api import Page

from serai.portals.ui.assets import ensure_node_modules

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# None: the one that Playwright downloaded, where the system has none.
CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_REFUSED_FORM = "the server responded with a status of 4"


def listen_for_complaints(page: Page, complaints: list[str] | None = None) -> list[str]:
    """What the console complains of from now on; a refused form's own 4xx is meant."""
    complaints = [] if complaints is None else complaints
    page.on(
        "console",
        lambda said: (
            complaints.append(f"{page.url}: {said.text}")
            if said.type in {"error", "warning"} and _REFUSED_FORM not in said.text
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


def axe_violations(page: Page) -> list[str]:
    """Needs a context with `bypass_csp`."""
    page.add_script_tag(path=ensure_node_modules() / "axe-core" / "axe.min.js")
    page.wait_for_timeout(250)  # transitions end
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url} {each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def code_for(page: Page, url: str, email: str) -> str:
    """The newest one-time code in the mailbox."""
    box = page.context.new_page()
    box.goto(f"{url}/mailbox")
    text = box.locator("section.card").filter(has_text=email).first.inner_text()
    box.close()
    found = re.search(r"\b(\d{6})\b", text)
    assert found is not None, text
    return found[1]


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/signin?lang=en")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").wait_for()
    page.get_by_label("One-time code").fill(code_for(page, url, email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/systems")

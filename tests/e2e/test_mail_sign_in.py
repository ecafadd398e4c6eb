"""Signing in with a code that really travels: through the queue, a worker and an SMTP server."""

import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Page, expect

from tests.e2e.conftest import RunningPlatform, free_port, platform_up

pytestmark = pytest.mark.slow
SARA = "sara@example.com"


class PostOffice:
    """Keeps what it takes; its first answer to everybody is to come again."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.greylisted: set[str] = set()

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any):  # noqa: N802
        if address not in self.greylisted:
            self.greylisted.add(address)
            return "451 4.7.1 Greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope):  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def newest(self, recipient: str, count: int) -> EmailMessage:
        """The `count`th mail to this recipient, as soon as it is there."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = [each for each in list(self.mails) if each["To"] == recipient]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.05)
        raise AssertionError(f"no mail to {recipient}; {len(self.mails)} to others")


@pytest.fixture(scope="module")
def post_office() -> Iterator[tuple[PostOffice, int]]:
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield office, controller.port
    controller.stop()


@pytest.fixture(scope="module")
def platform_with_mail(post_office: tuple[PostOffice, int]) -> Iterator[RunningPlatform]:
    url = f"smtp://127.0.0.1:{post_office[1]}?tls=none"
    with platform_up(SERAI_MAIL="smtp", SERAI_SMTP_URL=url, SERAI_MAIL_RETRY_SECONDS="0.3",
                     SERAI_MAIL_FROM="Serai <post@serai.example>") as platform:  # fmt: skip
        yield platform


@pytest.mark.parametrize(("language", "count"), [("en", 1), ("ar", 2)])
def test_a_code_by_mail_signs_in(
    visitor: Page, platform_with_mail: RunningPlatform, post_office: tuple[PostOffice, int],
    language: str, count: int,
) -> None:  # fmt: skip
    page, url = visitor, platform_with_mail.url
    page.goto(f"{url}/signin?lang={language}")
    page.locator("input[name=email]").fill(SARA)
    page.locator("form[action='/signin'] button[type=submit]").first.click()
    page.locator("input[name=code]").wait_for()
    mail = post_office[0].newest(SARA, count)
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert mail["From"] == "Serai <post@serai.example>"
    assert re.fullmatch(r"<mail_[0-9a-z]{26}@localhost>", mail["Message-ID"])
    assert ('dir="rtl"' in rich.get_content()) is (language == "ar")
    code = re.search(r"\b\d{6}\b", plain.get_content())
    assert code is not None
    page.locator("input[name=code]").fill(code[0])
    page.locator("form[action='/signin/code'] button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/console/systems"))

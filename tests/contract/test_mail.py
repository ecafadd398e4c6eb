"""What every mail driver keeps to: what it accepts, what it says of a refusal, and that it never claims
an acceptance it did not get."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from serai.contracts.mail import (
    Attachment,
    MailDriver,
    OutgoingMail,
    Refused,
    TryLater,
    Unreachable,
)
from serai.drivers.mail.keep import Keep
from serai.drivers.mail.sendgrid import SendGrid
from serai.drivers.mail.sendgrid.events import Webhook
from serai.drivers.mail.smtp import Smtp
from serai.drivers.mail.smtp.address import parse
from tests.contract.mail_servers import Inbox, sendgrid_server, smtp_server

MAIL = OutgoingMail(
    id="mail_1", message_id="<mail_1@serai.test>", sender="Serai <no-reply@serai.test>",
    recipient="mona@example.com", subject="429134 هو رمزك", text="Code: 429134\n.\n..dots\n" + "نص " * 400,
    html="<p dir='rtl'>مرحبا</p>", headers={"X-Serai-Mail": "mail_1", "List-Unsubscribe": "<https://serai.test/u/1>"},
)  # fmt: skip
BOTH = pytest.mark.parametrize("kind", ["smtp", "sendgrid"])


@dataclass
class Case:
    driver: MailDriver
    inbox: Inbox
    url: str


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def make(kind: str, stack: AsyncExitStack, timeout: float = 5) -> Case:
    inbox = Inbox()
    driver: MailDriver
    if kind == "keep":
        driver, url = Keep(), ""
    elif kind == "smtp":
        url = await stack.enter_async_context(smtp_server(inbox))
        driver = Smtp(parse(f"{url}?tls=none"), "serai.test", timeout=timeout)
    else:
        url = await stack.enter_async_context(sendgrid_server(inbox))
        driver = SendGrid("SG.test", url, Webhook(None), timeout=timeout)
    stack.push_async_callback(driver.close)
    return Case(driver, inbox, url)


def to(recipient: str, mail_id: str = "mail_1") -> OutgoingMail:
    return dataclasses.replace(MAIL, id=mail_id, recipient=recipient, headers={"X-Serai-Mail": mail_id})


@pytest.mark.parametrize("kind", ["keep", "smtp", "sendgrid"])
async def test_what_is_accepted_has_arrived_whole(kind: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    accepted = await case.driver.send(MAIL)
    assert accepted.kept is (kind == "keep")
    if kind == "keep":
        return
    (mail,) = case.inbox.mails
    assert (mail["Subject"], mail["To"], mail["Message-ID"]) == (MAIL.subject, MAIL.recipient, MAIL.message_id)
    assert mail["List-Unsubscribe"] == "<https://serai.test/u/1>"
    assert "no-reply@serai.test" in mail["From"]
    plain, rich = (mail.get_body((each,)) for each in ("plain", "html"))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == MAIL.text.strip()
    assert rich is not None
    assert rich.get_content().strip() == MAIL.html


@BOTH
async def test_files_arrive_byte_for_byte_under_their_names(kind: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    files = (
        Attachment("INV-1.pdf", "application/pdf", b"%PDF-1.7\r\n.\r\n..\x00\xff" + bytes(range(256)) * 400),
        Attachment("فاتورة رقم ١.xml", "text/xml", "<a>مرحبا</a>\n".encode()),
    )
    await case.driver.send(dataclasses.replace(MAIL, attachments=files))
    (mail,) = case.inbox.mails
    arrived = [(each.get_filename(), each.get_content_type(), each.get_payload(decode=True))
               for each in mail.iter_attachments()]  # fmt: skip
    assert arrived == [(each.name, each.media_type, each.content) for each in files]
    plain, rich = (mail.get_body((each,)) for each in ("plain", "html"))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == MAIL.text.strip()
    assert rich is not None
    assert rich.get_content().strip() == MAIL.html


@BOTH
async def test_many_at_once_each_arrive_once(kind: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    await asyncio.gather(*(case.driver.send(to("mona@example.com", f"mail_{n}")) for n in range(40)))
    assert case.inbox.accepted == {f"mail_{n}": 1 for n in range(40)}


@BOTH
async def test_a_refusal_is_for_good_and_says_why(kind: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    case.inbox.mood = lambda _recipient: "refuse"
    with pytest.raises(Refused) as caught:
        await case.driver.send(MAIL)
    assert not caught.value.bad_address
    assert ("Not wanted" in caught.value.said) or ("valid address" in caught.value.said)
    case.inbox.mood = lambda _recipient: "accept"
    await case.driver.send(MAIL)


@BOTH
@pytest.mark.parametrize("mood", ["later", "drop", "drop_after"])
async def test_a_passing_failure_is_for_later(kind: str, mood: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    case.inbox.mood = lambda recipient: mood if recipient.startswith("bad") else "accept"
    await case.driver.send(to("good@example.com", "before"))
    with pytest.raises(TryLater):
        await case.driver.send(to("bad@example.com", "failed"))
    await case.driver.send(to("good@example.com", "after"))
    assert case.inbox.accepted == {"before": 1, "after": 1}


@BOTH
async def test_a_stalling_server_is_given_up_and_the_next_mail_goes_elsewhere(
    kind: str, stack: AsyncExitStack
) -> None:
    case = await make(kind, stack, timeout=0.3)
    case.inbox.mood = lambda recipient: "stall" if recipient.startswith("bad") else "accept"
    with pytest.raises(TryLater):
        await case.driver.send(to("bad@example.com"))
    assert case.inbox.stalled.is_set()
    await case.driver.send(to("good@example.com", "after"))
    assert case.inbox.accepted == {"after": 1}


@BOTH
async def test_an_interrupted_mail_does_not_spoil_the_next(kind: str, stack: AsyncExitStack) -> None:
    case = await make(kind, stack)
    case.inbox.mood = lambda recipient: "stall" if recipient.startswith("bad") else "accept"
    sending = asyncio.create_task(case.driver.send(to("bad@example.com")))
    await case.inbox.stalled.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await case.driver.send(to("good@example.com", "after"))
    assert case.inbox.accepted == {"after": 1}


@BOTH
async def test_a_server_that_is_not_there_is_no_mail_s_fault(kind: str) -> None:
    url = "127.0.0.1:1"
    driver: MailDriver = Smtp(parse(f"smtp://{url}?tls=none"), "serai.test")
    if kind == "sendgrid":
        driver = SendGrid("SG.test", f"http://{url}", Webhook(None))
    with pytest.raises(Unreachable):
        await driver.send(MAIL)
    await driver.close()


async def test_sendgrid_s_limit_silences_all_for_as_long_as_it_says(stack: AsyncExitStack) -> None:
    case = await make("sendgrid", stack)
    case.inbox.mood = lambda _recipient: "full"
    with pytest.raises(Unreachable) as caught:
        await case.driver.send(MAIL)
    assert (caught.value.after, "too many" in caught.value.said) == (3, True)


async def test_a_wrong_sendgrid_key_is_no_mail_s_fault(stack: AsyncExitStack) -> None:
    case = await make("sendgrid", stack)
    driver = SendGrid("SG.wrong", case.url, Webhook(None))
    with pytest.raises(Unreachable, match="401"):
        await driver.send(MAIL)
    await driver.close()

"""What is told of mails after they were accepted: SendGrid's webhook, and mails that come back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import ASGIApp

from serai.drivers.mail.sendgrid import SendGrid
from serai.drivers.mail.sendgrid.events import Webhook
from serai.kit import clock
from serai.kit.errors import Invalid
from serai.main import create_app
from serai.modules import notifications
from tests.client import Client
from tests.contract.mail_servers import SignedEvents
from tests.factories import World
from tests.integration.modules.notifications.conftest import Post

DSN = """From: MAILER-DAEMON@mx.example.com
To: no-reply@serai.test
Subject: Undelivered Mail Returned to Sender
Date: Thu, 20 Nov 2025 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; Gone@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} No such user

--b
Content-Type: text/rfc822-headers

From: no-reply@serai.test
Message-ID: <{mail_id}@serai.test>
--b--
"""


def returned(mail_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return DSN.format(mail_id=mail_id, action=action, status=status).replace("\n", "\r\n").encode()


@pytest.fixture
def signed() -> SignedEvents:
    return SignedEvents()


@pytest.fixture
def web(world: World, signed: SignedEvents) -> ASGIApp:
    settings = world.platform.settings.model_copy(update={"mail": "sendgrid"})
    driver = SendGrid("SG.test", "http://127.0.0.1:1", Webhook(signed.public_key))
    return create_app(replace(world.platform, settings=settings, mail=driver))


async def tell(web: ASGIApp, signed: SignedEvents, *events: dict[str, Any], **headers: str) -> int:
    body = json.dumps(events).encode()
    return (
        await Client(web).post("/webhooks/mail/sendgrid", body, headers=signed.headers(body) | headers)
    ).status


async def sent(post: Post, recipient: str = "gone@example.com") -> str:
    made = await post.put(recipient)
    async with post.sender():
        await post.until_done()
    return made.id


def event(kind: str, mail_id: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "email": "gone@example.com", "event": kind, "serai_mail": mail_id, "sg_event_id": f"e{number}",
        "timestamp": int(clock.now().timestamp()), **more,
    }  # fmt: skip


async def test_a_bounce_is_taken_once_and_holds_the_address_back(
    post: Post, web: ASGIApp, signed: SignedEvents
) -> None:
    mail_id = await sent(post)
    bounce = event("bounce", mail_id, type="bounce", status="5.1.1", reason="550 no such user")
    for _ in range(3):
        assert await tell(web, signed, bounce, event("delivered", mail_id, 2), event("open", mail_id, 3)) == 204
    mail = await post.get(mail_id)
    assert (mail.state, mail.last_error) == ("bounced", "5.1.1 550 no such user")
    assert [each["outcome"] for each in mail.history] == ["sent", "bounced", "delivered"]
    assert (await post.put("gone@example.com")).state == "suppressed"
    assert (await post.put("gone@example.com", "sign_in_code", code="1", minutes=1)).state == "suppressed"
    published = "SELECT count(*) FROM events WHERE type = 'notifications.address_suppressed'"
    assert await post.world.scalar(published) == 1


async def test_a_complaint_holds_back_what_can_be_done_without(
    post: Post, web: ASGIApp, signed: SignedEvents
) -> None:
    mail_id = await sent(post)
    assert await tell(web, signed, event("spamreport", mail_id)) == 204
    assert (await post.get(mail_id)).state == "complained"
    assert (await post.put("gone@example.com")).state == "suppressed"
    assert (await post.put("gone@example.com", "sign_in_code", code="1", minutes=1)).state == "queued"


async def test_a_block_is_no_fault_of_the_address(post: Post, web: ASGIApp, signed: SignedEvents) -> None:
    mail_id = await sent(post)
    assert await tell(web, signed, event("bounce", mail_id, type="blocked", reason="554 spam")) == 204
    assert (await post.get(mail_id)).state == "bounced"
    assert (await post.put("gone@example.com")).state == "queued"


async def test_an_unsubscription_at_the_provider_counts(post: Post, web: ASGIApp, signed: SignedEvents) -> None:
    mail_id = await sent(post)
    assert await tell(web, signed, event("unsubscribe", mail_id)) == 204
    async with post.world.database.transaction() as session:
        assert await notifications.mail(
            session, "launch_failed", "gone@example.com", language="en", name="x", link="/"
        ) is None  # fmt: skip


async def test_only_what_sendgrid_signed_just_now_is_believed(
    post: Post, web: ASGIApp, signed: SignedEvents
) -> None:
    mail_id = await sent(post)
    bounce = event("bounce", mail_id, type="bounce")
    body = json.dumps([bounce]).encode()
    now = clock.now().timestamp()
    forged: list[dict[str, str]] = [
        {}, SignedEvents().headers(body), signed.headers(body + b" "), signed.headers(body, now - 3600),
        signed.headers(body) | {"x-twilio-email-event-webhook-timestamp": "1"},
        signed.headers(body) | {"x-twilio-email-event-webhook-signature": "?"},
    ]  # fmt: skip
    for headers in forged:
        assert (await Client(web).post("/webhooks/mail/sendgrid", body, headers=headers)).status == 403
    assert (await post.get(mail_id)).state == "sent"
    assert (await Client(web).post("/webhooks/mail/smtp", body, headers=signed.headers(body))).status == 404
    for wrong in (b"{}", b"no json"):
        answer = await Client(web).post("/webhooks/mail/sendgrid", wrong, headers=signed.headers(wrong))
        assert answer.status == 422
    assert await tell(web, signed, bounce, **{"sec-fetch-site": "cross-site"}) == 204


async def test_a_returned_mail_holds_its_address_back(post: Post) -> None:
    mail_id = await sent(post)
    reports = notifications.bounces.read(returned(mail_id))
    assert [(r.address, r.outcome, r.hard, r.mail_id) for r in reports] == [
        ("gone@example.com", "bounced", True, mail_id)
    ]
    async with post.world.database.transaction() as session:
        assert await notifications.take_reports(session, reports) == 1
        assert await notifications.take_reports(session, notifications.bounces.read(returned(mail_id))) == 0
    assert (await post.get(mail_id)).state == "bounced"
    assert (await post.put("gone@example.com")).state == "suppressed"


async def test_a_delay_and_a_full_mailbox_hold_nothing_back(post: Post) -> None:
    mail_id = await sent(post)
    async with post.world.database.transaction() as session:
        for action, status in (("delayed", "4.4.1"), ("failed", "5.2.2")):
            reports = notifications.bounces.read(returned(mail_id, action, status))
            await notifications.take_reports(session, reports)
    assert (await post.put("gone@example.com")).state == "queued"
    assert [each["outcome"] for each in (await post.get(mail_id)).history] == ["sent", "deferred", "bounced"]


@pytest.mark.parametrize("content", [b"", b"Subject: hello\r\n\r\nno report", b"\xff\xfe\x00", b"--b\r\n" * 50])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="RFC 3464"):
        notifications.bounces.read(content)

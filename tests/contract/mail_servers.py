"""Servers that take mails, and misbehave as they are told: SMTP, and SendGrid's API as it is described."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Mood = str
"""accept, later, full, refuse, nobody, closing, stall, drop, drop_after;
of the sender's address: refuse_sender"""


@dataclass
class Inbox:
    """`accepted` counts by X-Serai-Mail what was answered with 250 or 202."""

    mood: Callable[[str], Mood] = lambda _recipient: "accept"
    accepted: Counter[str] = field(default_factory=Counter)
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    stalled: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, mail: EmailMessage) -> None:
        self.mails.append(mail)
        self.accepted[str(mail["X-Serai-Mail"])] += 1


class _Handler:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: Any):  # noqa: N802
        if self._inbox.mood(address) == "refuse_sender":
            return "550 5.7.1 Your account is suspended"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any):  # noqa: N802
        mood = self._inbox.mood(address)
        if mood == "later":
            return "451 4.7.1 Greylisted, come back later"
        if mood == "closing":
            server.transport.write(b"421 4.3.2 Shutting down\r\n")
            server.transport.close()
            return "421 4.3.2 Shutting down"
        if mood == "refuse":
            return "550 5.7.1 Not wanted here"
        if mood == "nobody":
            return "550 5.1.1 No such user here"
        if mood == "drop":
            server.transport.abort()
            return "421 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope):  # noqa: N802
        mood = self._inbox.mood(envelope.rcpt_tos[0])
        if mood == "full":
            return "452 4.2.2 Mailbox full"
        if mood == "stall":
            self._inbox.stalled.set()
            await asyncio.sleep(30)
            return "451 never mind"
        if mood == "drop_after":
            server.transport.abort()
            return "421 gone"
        self._inbox.take(message_from_bytes(envelope.content, policy=policy.default))
        return f"250 OK queued as {len(self._inbox.mails)}"


@asynccontextmanager
async def smtp_server(inbox: Inbox, *, password: str | None = None, tls: Any = None) -> AsyncIterator[str]:
    """Its address, as SERAI_SMTP_URL takes it."""
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == (password or "").encode(), handled=False)

    def serve() -> SMTP:
        inbox.connections += 1
        return SMTP(
            _Handler(inbox), hostname="mail.test", enable_SMTPUTF8=False, ident="test",
            authenticator=check if password else None, auth_required=bool(password),
            auth_require_tls=False, tls_context=tls, require_starttls=tls is not None,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(serve, "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    user = f"serai:{password}@" if password else ""
    try:
        yield f"smtp://{user}localhost:{port}"
    finally:
        server.close()


@dataclass
class SendGridServer:
    """`mood` decides by recipient what the API answers."""

    inbox: Inbox
    key: str = "SG.test"

    async def send(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"errors": [{"message": "The provided authorization grant is invalid"}]}, status=401)
        body = await request.json()
        recipient = body["personalizations"][0]["to"][0]["email"]
        mood = self.inbox.mood(recipient)
        if mood == "later":
            return web.json_response({"errors": [{"message": "internal"}]}, status=503)
        if mood == "refuse":
            return web.json_response({"errors": [{"message": "Does not contain a valid address."}]}, status=400)
        if mood == "full":
            return web.json_response({"errors": [{"message": "too many requests"}]}, status=429,
                                     headers={"Retry-After": "3"})  # fmt: skip
        if mood in {"drop", "drop_after"}:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        if mood == "stall":
            self.inbox.stalled.set()
            await asyncio.sleep(30)
        self.inbox.take(_as_mail(body))
        return web.Response(status=202, headers={"X-Message-Id": f"sg-{len(self.inbox.mails)}"})


def _as_mail(body: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"{body['from'].get('name', '')} <{body['from']['email']}>"
    mail["To"] = body["personalizations"][0]["to"][0]["email"]
    mail["Subject"] = body["subject"]
    for name, value in body["headers"].items():
        mail[name] = value
    parts = {each["type"]: each["value"] for each in body["content"]}
    mail.set_content(parts["text/plain"])
    if "text/html" in parts:
        mail.add_alternative(parts["text/html"], subtype="html")
    for each in body.get("attachments", []):
        main, _, sub = each["type"].partition("/")
        content = base64.b64decode(each["content"], validate=True)
        mail.add_attachment(
            content, maintype=main, subtype=sub, filename=each["filename"], disposition=each["disposition"]
        )
    return mail


@asynccontextmanager
async def sendgrid_server(inbox: Inbox) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/v3/mail/send", SendGridServer(inbox).send)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class SignedEvents:
    """Signs event lists as SendGrid does."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = base64.b64encode(der).decode()

    def headers(self, body: bytes, at: float | None = None) -> dict[str, str]:
        timestamp = str(int(at or time.time()))
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
        return {
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": timestamp,
        }

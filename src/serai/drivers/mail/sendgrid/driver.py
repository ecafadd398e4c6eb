"""POST /v3/mail/send, one mail a request."""

import base64
import json
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any

import aiohttp

from serai.contracts.mail import (
    Accepted,
    Attachment,
    OutgoingMail,
    Refused,
    Report,
    TryLater,
    Unreachable,
)
from serai.drivers.mail.sendgrid.events import Webhook
from serai.kit.errors import Unavailable
from serai.kit.settings import Settings

_NOT_OUR_KEY = {401, 403}
_TOO_MANY = 429


class SendGrid:
    def __init__(self, key: str, url: str, webhook: Webhook, *, timeout: float = 30) -> None:
        self._key = key
        self._url = url.rstrip("/")
        self._webhook = webhook
        self._timeout = timeout
        self._client: aiohttp.ClientSession | None = None

    async def send(self, message: OutgoingMail) -> Accepted:
        try:
            async with self._session().post(f"{self._url}/v3/mail/send", json=body_of(message)) as answer:
                if answer.status == 202:
                    return Accepted(provider_id=answer.headers.get("X-Message-Id", ""), said="202 Accepted")
                said = f"{answer.status} {_explanation(await answer.text())}".strip()
                after = _seconds(answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(str(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(f"The connection broke or took too long: {error!r}") from error
        if answer.status in _NOT_OUR_KEY or answer.status == _TOO_MANY:
            raise Unreachable(said, after=after)
        if answer.status >= 500:
            raise TryLater(said, after=after)
        raise Refused(said)

    def read_reports(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        return self._webhook.read(headers, body)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
            timeout = aiohttp.ClientTimeout(total=self._timeout)
            self._client = aiohttp.ClientSession(headers=headers, timeout=timeout)
        return self._client


def body_of(message: OutgoingMail) -> dict[str, Any]:
    """`serai_mail` comes back with every event about the mail."""
    name, address = parseaddr(message.sender)
    content = [{"type": "text/plain", "value": message.text}]
    if message.html is not None:
        content.append({"type": "text/html", "value": message.html})
    return {
        "personalizations": [{"to": [{"email": message.recipient}]}],
        "from": {"email": address, **({"name": name} if name else {})},
        "subject": message.subject,
        "content": content,
        **({"attachments": [_file(each) for each in message.attachments]} if message.attachments else {}),
        "headers": {"Message-ID": message.message_id, **message.headers},
        "custom_args": {"serai_mail": message.id},
        "tracking_settings": {
            "click_tracking": {"enable": False}, "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }  # fmt: skip


def _file(attachment: Attachment) -> dict[str, str]:
    return {
        "content": base64.b64encode(attachment.content).decode(), "type": attachment.media_type,
        "filename": attachment.name, "disposition": "attachment",
    }  # fmt: skip


def from_settings(settings: Settings) -> SendGrid:
    if not settings.sendgrid_key:
        raise Unavailable("SERAI_MAIL is sendgrid, but SERAI_SENDGRID_KEY is not set.")
    webhook = Webhook(settings.sendgrid_webhook_key)
    return SendGrid(
        settings.sendgrid_key, settings.sendgrid_url, webhook, timeout=settings.mail_timeout_seconds
    )


def _explanation(text: str) -> str:
    try:
        return "; ".join(str(each["message"]) for each in json.loads(text)["errors"])
    except (ValueError, TypeError, KeyError):
        return text[:200]


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdecimal() else 0.0

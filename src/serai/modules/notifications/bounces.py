"""Mails that came back (delivery status notifications, RFC 3464), read with Python's own parser."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Literal

from serai.contracts.mail import Report
from serai.kit import clock
from serai.kit.errors import Invalid

_OURS = re.compile(r"mail_[0-9a-z]{26}")
# As of a live server's answers: bad mailbox, bad system, bad syntax, moved, null MX.
_NOBODY_THERE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def read(content: bytes) -> Sequence[Report]:
    """One report per recipient. Raises Invalid for a mail that is no such notification."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    status = next((p for p in message.walk() if p.get_content_type() == "message/delivery-status"), None)
    if status is None:
        raise Invalid(
            "This is no delivery status notification (RFC 3464). Pipe in a whole mail that came back, "
            "with its headers."
        )
    mail_id = _mail_of(message)
    return list(_reports(status, mail_id, message, hashlib.sha256(content).hexdigest()[:32]))


def _reports(status: Message, mail_id: str | None, whole: EmailMessage, digest: str) -> Iterator[Report]:
    """The first block is about the mail, each further one about a recipient."""
    blocks = status.get_payload()
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        action = str(block.get("Action", "")).strip().lower() if isinstance(block, Message) else ""
        if not action or not isinstance(block, Message):
            continue
        address = _address(block.get("Final-Recipient")) or _address(block.get("Original-Recipient"))
        code = _STATUS.search(str(block.get("Status", "")))
        outcome: Literal["delivered", "deferred", "bounced"] = (
            "bounced" if action == "failed" else "deferred" if action == "delayed" else "delivered"
        )
        said = " ".join(str(block.get("Diagnostic-Code", "")).split())
        yield Report(
            id=f"dsn:{digest}:{number}", mail_id=mail_id, address=address, outcome=outcome,
            hard=outcome == "bounced" and code is not None and code[0] in _NOBODY_THERE,
            detail=f"{code[0] if code else ''} {said}".strip()[:500], at=_when(whole),
        )  # fmt: skip


def _mail_of(message: EmailMessage) -> str | None:
    """Which of our mails it was: its headers come back, or its Message-ID is referred to."""
    for part in message.walk():
        for header in ("X-Serai-Mail", "Message-ID", "In-Reply-To", "References"):
            found = _OURS.search(str(part.get(header, "")))
            if found:
                return found[0]
        if part.get_content_type() == "text/rfc822-headers":
            found = _OURS.search(str(part.get_payload()))
            if found:
                return found[0]
    return None


def _address(header: object) -> str:
    _, _, address = str(header or "").rpartition(";")
    return parseaddr(address.strip())[1].lower()


def _when(message: EmailMessage) -> datetime:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError):
        return clock.now()

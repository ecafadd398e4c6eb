"""How mails look from outside. Without their texts: those were written to one person."""

from datetime import datetime

import msgspec

from serai.modules.notifications.kinds import is_secret
from serai.modules.notifications.models import Mail


class MailView(msgspec.Struct, frozen=True):
    """`subject` is empty for kinds that carry a secret."""

    id: str
    recipient: str
    kind: str
    subject: str
    language: str
    state: str
    attempts: int
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


def view(mail: Mail) -> MailView:
    return MailView(
        id=mail.id, recipient=mail.recipient, kind=mail.kind, language=mail.language, state=mail.state,
        subject="" if is_secret(mail.kind) else mail.subject, attempts=mail.attempts,
        last_error=mail.last_error, created_at=mail.created_at, sent_at=mail.sent_at,
    )  # fmt: skip

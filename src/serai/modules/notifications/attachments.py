"""Files that go with mails: kept as rows, so that they exist exactly when their mail does."""

import re
from collections.abc import Sequence

from serai.contracts.mail import Attachment
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.modules.notifications import queries
from serai.modules.notifications.models import Mail, MailAttachment

MOST_BYTES = 7_000_000
"""Of all files of a mail. Many servers take ten megabytes, and base64 makes four bytes of three."""
_MOST_FILES = 10
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")


def check(attachments: Sequence[Attachment]) -> None:
    """Raises Invalid for what mail servers would not take; a link is the way out."""
    size = sum(len(each.content) for each in attachments)
    if size > MOST_BYTES or len(attachments) > _MOST_FILES:
        raise Invalid(
            f"A mail takes {_MOST_FILES} files of {MOST_BYTES:,} bytes together, not {len(attachments)} of "
            f"{size:,}. Put a link to them into the mail instead."
        )
    for each in attachments:
        if not each.name or _NO_NAME.search(each.name) or not _MEDIA_TYPE.fullmatch(each.media_type):
            raise Invalid(
                f"{each.name!r} of the type {each.media_type!r} cannot go with a mail: a name has no slashes "
                "and no control characters, a type looks like application/pdf."
            )


def keep(session: Session, mail: Mail, attachments: Sequence[Attachment]) -> None:
    for position, each in enumerate(attachments):
        session.add(
            MailAttachment(
                mail_id=mail.id, position=position, account_id=mail.account_id, name=each.name,
                media_type=each.media_type, content=each.content,
            )
        )  # fmt: skip


async def of_mail(session: Session, mail: Mail) -> Sequence[Attachment]:
    """In their order."""
    if not mail.attachments:
        return ()
    found = await queries.attachments(session, mail.id)
    return tuple(Attachment(each.name, each.media_type, each.content) for each in found)

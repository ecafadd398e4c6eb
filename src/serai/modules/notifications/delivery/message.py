"""A row becomes the mail that leaves: sender, stable Message-ID, addresses, the way out."""

from collections.abc import Sequence
from dataclasses import dataclass

from serai.contracts.mail import Attachment, OutgoingMail
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules.notifications import links
from serai.modules.notifications.kinds import group_of
from serai.modules.notifications.models import Mail


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all mails of a platform share."""

    settings: Settings
    vault: Vault

    def write(self, mail: Mail, attachments: Sequence[Attachment] = ()) -> OutgoingMail:
        group = group_of(mail.kind)
        headers = {**mail.headers, "Auto-Submitted": "auto-generated", "X-Serai-Mail": mail.id}
        unsubscribe = ""
        if group.optional:
            unsubscribe = links.unsubscribe_url(self.settings, self.vault, mail, group.name)
            headers["List-Unsubscribe"] = f"<{unsubscribe}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        html = links.fill(mail.html, self.settings, unsubscribe) if mail.html else None
        return OutgoingMail(
            id=mail.id, message_id=f"<{mail.id}@{self.settings.domain}>", sender=self.settings.sender,
            recipient=mail.recipient, subject=mail.subject, html=html, headers=headers,
            text=links.fill(mail.text, self.settings, unsubscribe), attachments=attachments,
        )  # fmt: skip

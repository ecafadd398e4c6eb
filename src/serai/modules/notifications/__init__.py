"""Notifications: the EmailQueue, and the bell.

Owns: mails and their attachments, what became of them, suppressed addresses, preferences, the bell's messages. Calls:
identity, kit. Emits: `notifications.address_suppressed`, `.suppression_lifted`, `.mail_retried`,
`.preferences_changed`, `.unsubscribed`, `.subscribed_again`.
"""

from serai.modules.notifications import (
    attachments,
    bell,
    bounces,
    links,
    log,
    preferences,
    rendering,
    suppressions,
)
from serai.modules.notifications import jobs as _jobs  # noqa: F401 - registers
from serai.modules.notifications.bell import tell
from serai.modules.notifications.delivery import Sender
from serai.modules.notifications.kinds import CHANNELS, GROUPS, KINDS, Group, Kind, groups_in_use
from serai.modules.notifications.links import WayOut
from serai.modules.notifications.models import STATES, Mail, MailSuppression, Notification
from serai.modules.notifications.policy import (
    may_manage_mails,
    may_read_mails,
    may_read_own_mails,
    require_mails,
)
from serai.modules.notifications.queue import mail, mailbox
from serai.modules.notifications.rendering import Rendered
from serai.modules.notifications.reports import take as take_reports
from serai.modules.notifications.upkeep import tidy

__all__ = [
    "CHANNELS",
    "GROUPS",
    "KINDS",
    "STATES",
    "Group",
    "Kind",
    "Mail",
    "MailSuppression",
    "Notification",
    "Rendered",
    "Sender",
    "WayOut",
    "attachments",
    "bell",
    "bounces",
    "groups_in_use",
    "links",
    "log",
    "mail",
    "mailbox",
    "may_manage_mails",
    "may_read_mails",
    "may_read_own_mails",
    "preferences",
    "rendering",
    "require_mails",
    "suppressions",
    "take_reports",
    "tell",
    "tidy",
]

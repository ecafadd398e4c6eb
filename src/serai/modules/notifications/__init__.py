"""Notifications: mails to people. For now kept on this machine, for development.

Owns: mails. Calls: kit. Emits nothing yet.
"""

from serai.modules.notifications.models import Mail
from serai.modules.notifications.service import mailbox, send_mail

__all__ = ["Mail", "mailbox", "send_mail"]

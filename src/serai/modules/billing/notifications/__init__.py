"""Tell customers about their money: by mail to whom the profile names, and by the bell."""

from serai.modules.billing.notifications import reactions as _reactions  # noqa: F401 - registers
from serai.modules.billing.notifications.invoice_mails import mail_invoice
from serai.modules.billing.notifications.reminders import mail_ending_trials, mail_expiring_cards

__all__ = ["mail_ending_trials", "mail_expiring_cards", "mail_invoice"]

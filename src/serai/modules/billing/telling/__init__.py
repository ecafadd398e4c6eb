"""Tell customers about their money: by mail to whom the profile names, and by the bell."""

from serai.modules.billing.telling import reactions as _reactions  # noqa: F401 - registers
from serai.modules.billing.telling.papers import mail_invoice
from serai.modules.billing.telling.reminders import tell_of_cards, tell_of_trials

__all__ = ["mail_invoice", "tell_of_cards", "tell_of_trials"]

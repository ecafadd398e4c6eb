"""Bank transfers with a structured reference, approved by the staff. See the README."""

from serai.drivers.payments.bank_transfer.driver import FIELDS, BankTransfer
from serai.drivers.payments.factories import Factory
from serai.kit.i18n import lazy

factory = Factory("bank_transfer", lazy("Bank transfer"), FIELDS, BankTransfer)

__all__ = ["BankTransfer", "factory"]

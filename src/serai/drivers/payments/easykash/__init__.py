"""EasyKash: payments on its hosted page, in Egyptian pounds. See the README."""

from serai.drivers.payments.easykash.api import FIELDS
from serai.drivers.payments.easykash.driver import EasyKash
from serai.drivers.payments.factories import Factory
from serai.kit.i18n import lazy

factory = Factory("easykash", lazy("EasyKash"), FIELDS, EasyKash)

__all__ = ["EasyKash", "factory"]

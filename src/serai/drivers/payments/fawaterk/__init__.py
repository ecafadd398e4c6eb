"""Fawaterk: invoices that are paid on its hosted page. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.fawaterk.api import FIELDS
from serai.drivers.payments.fawaterk.driver import Fawaterk
from serai.kit.i18n import lazy

factory = Factory("fawaterk", lazy("Fawaterk"), FIELDS, Fawaterk)

__all__ = ["Fawaterk", "factory"]

"""PayPal: Orders v2 and Payment Method Tokens v3. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.paypal.driver import PayPal
from serai.drivers.payments.paypal.settings import FIELDS
from serai.kit.i18n import lazy

factory = Factory("paypal", lazy("PayPal"), FIELDS, PayPal)

__all__ = ["PayPal", "factory"]

"""Stripe, over its official SDK, which is imported nowhere else. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.stripe.driver import Stripe
from serai.drivers.payments.stripe.settings import FIELDS
from serai.kit.i18n import lazy

factory = Factory("stripe", lazy("Stripe"), FIELDS, Stripe)

__all__ = ["Stripe", "factory"]

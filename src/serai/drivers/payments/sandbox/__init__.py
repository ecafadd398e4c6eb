"""A gateway to play with: no vendor, no real money. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.sandbox.driver import FIELDS, Sandbox
from serai.kit.i18n import lazy

factory = Factory("sandbox", lazy("Sandbox (no real money)"), FIELDS, Sandbox)

__all__ = ["Sandbox", "factory"]

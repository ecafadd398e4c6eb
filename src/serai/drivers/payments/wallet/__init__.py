"""Paying from the account's own wallet: a movement in our books. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.wallet.driver import Wallet
from serai.kit.i18n import lazy

factory = Factory("wallet", lazy("Wallet"), (), Wallet)

__all__ = ["Wallet", "factory"]

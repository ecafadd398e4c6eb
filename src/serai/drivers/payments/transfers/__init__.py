"""Transfers that arrive outside of any system: what `instapay` and `bank_transfer` share."""

from serai.drivers.payments.transfers.driver import Transfers

__all__ = ["Transfers"]

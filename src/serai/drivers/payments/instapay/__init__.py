"""InstaPay: transfers between Egyptian banks, approved by the staff. See the README."""

from serai.drivers.payments.factories import Factory
from serai.drivers.payments.instapay.driver import FIELDS, InstaPay
from serai.kit.i18n import lazy

factory = Factory("instapay", lazy("InstaPay"), FIELDS, InstaPay)

__all__ = ["InstaPay", "factory"]

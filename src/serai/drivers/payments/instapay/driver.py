import re
from collections.abc import Mapping

from serai.contracts.payments import ConfigField, Features, GatewaySettings, GatewayTools
from serai.drivers.payments import amounts
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.transfers import Transfers
from serai.drivers.payments.transfers.references import read_short, short
from serai.kit.i18n import _, lazy
from serai.kit.money import Money

FIELDS = (
    ConfigField("address", lazy("InstaPay address"), help=lazy("Such as name@instapay, or a mobile number.")),
    ConfigField("holder", lazy("Account holder"), help=lazy("The name payers see before they send.")),
)
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}@[a-z]{2,20}|(\+?20|0)1[0125][0-9]{8}")


class InstaPay(Transfers):
    key = "instapay"
    name = "InstaPay"

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        super().__init__(settings, tools, Features(approval=True, currencies=frozenset({"EGP"})))

    def reference(self, seed: str) -> str:
        return short(seed)

    def read_reference(self, typed: str) -> str | None:
        return read_short(typed)

    def instructions(self, reference: str, amount: Money) -> Mapping[str, str]:
        return {
            _("Send to"): value(self.values, "address"),
            _("Account holder"): value(self.values, "holder"),
            _("Amount"): f"{amounts.written(amount)} {amount.currency}",
            _("Write as the reason"): reference,
        }

    def check(self) -> str:
        address = value(self.values, "address")
        if not _ADDRESS.fullmatch(address.lower().replace(" ", "")):
            raise wrong(self.name, FIELDS[0].label, "address")
        return _("The address %(address)s is well formed. InstaPay lets nobody ask whether it exists: "
                 "send one pound to it yourself.", address=address)  # fmt: skip

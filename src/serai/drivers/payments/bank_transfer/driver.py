import re
from collections.abc import Mapping

from serai.contracts.payments import ConfigField, Features, GatewaySettings, GatewayTools
from serai.drivers.payments import amounts
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.transfers import Transfers
from serai.drivers.payments.transfers.references import creditor, is_mod97, read_creditor
from serai.kit.i18n import _, lazy
from serai.kit.money import Money

FIELDS = (
    ConfigField("holder", lazy("Account holder")),
    ConfigField("iban", lazy("IBAN")),
    ConfigField("bic", lazy("BIC or SWIFT code"), required=False),
    ConfigField("bank", lazy("Bank"), required=False),
    ConfigField(
        "currencies", lazy("Currencies"), required=False,
        help=lazy("Those the account takes, such as EUR, USD. Empty for all."),
    ),
)  # fmt: skip
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


class BankTransfer(Transfers):
    key = "bank_transfer"
    name = lazy("Bank transfer")

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        taken = frozenset(re.findall(r"[A-Z]{3}", value(settings.values, "currencies").upper()))
        super().__init__(settings, tools, Features(approval=True, currencies=taken or None))

    def reference(self, seed: str) -> str:
        return creditor(seed)

    def read_reference(self, typed: str) -> str | None:
        return read_creditor(typed)

    def instructions(self, reference: str, amount: Money) -> Mapping[str, str]:
        shown = {
            _("Account holder"): value(self.values, "holder"),
            _("IBAN"): self._iban(),
            _("BIC or SWIFT code"): value(self.values, "bic"),
            _("Bank"): value(self.values, "bank"),
            _("Amount"): f"{amounts.written(amount)} {amount.currency}",
            _("Write as the reference"): reference,
        }
        return {label: text for label, text in shown.items() if text}

    def check(self) -> str:
        iban = self._iban().replace(" ", "")
        if not _IBAN.fullmatch(iban) or not is_mod97(iban):
            raise wrong(self.name, FIELDS[1].label, "iban")
        bic = value(self.values, "bic").upper()
        if bic and not _BIC.fullmatch(bic):
            raise wrong(self.name, FIELDS[2].label, "bic")
        return _("The IBAN's check digits fit. Transfers are approved by your staff.")

    def _iban(self) -> str:
        plain = value(self.values, "iban").replace(" ", "").upper()
        return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))

from serai.contracts.payments import ConfigField
from serai.drivers.payments import amounts
from serai.kit.i18n import lazy
from serai.kit.money import Money

NAME = "PayPal"
LIVE, SANDBOX = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
FIELDS = (
    ConfigField("client_id", lazy("Client id")),
    ConfigField("client_secret", lazy("Client secret"), "secret"),
    ConfigField(
        "webhook_id", lazy("Webhook id"), help=lazy("PayPal shows it once the webhook's address is added.")
    ),
)
# https://developer.paypal.com/api/rest/reference/currency-codes/
CURRENCIES = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR",
        "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
    }
)  # fmt: skip
_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def to_paypal(money: Money) -> dict[str, str]:
    decimals = 0 if money.currency in _WHOLE else 2
    return {"currency_code": money.currency, "value": amounts.written(money, decimals)}


def from_paypal(amount: dict[str, str]) -> Money:
    return amounts.read(amount.get("value"), str(amount.get("currency_code")))

"""The parameters of what is created."""

from typing import Any

from serai.contracts.payments import Charge
from serai.drivers.payments.stripe.money import to_stripe
from serai.drivers.payments.stripe.outcomes import EXPAND_PAYMENT, EXPAND_SETUP


def payment(charge: Charge, customer: str) -> Any:
    """With a saved method it is confirmed at once, else the payer does that in our page."""
    asked: dict[str, Any] = {
        "amount": to_stripe(charge.amount),
        "currency": charge.amount.currency.lower(),
        "customer": customer,
        "description": charge.description[:1000],
        "metadata": _metadata(charge),
        "automatic_payment_methods": {"enabled": True},
        "expand": EXPAND_PAYMENT,
    }
    if charge.save_method:
        asked["setup_future_usage"] = "off_session"
    if charge.method:
        asked |= {"payment_method": charge.method, "confirm": True}
        if charge.off_session:
            asked["off_session"] = True
        else:
            asked["return_url"] = charge.return_url
    return asked


def setup(charge: Charge, customer: str) -> Any:
    return {
        "customer": customer,
        "usage": "off_session",
        "metadata": _metadata(charge),
        "automatic_payment_methods": {"enabled": True},
        "expand": EXPAND_SETUP,
    }


def _metadata(charge: Charge) -> dict[str, str]:
    method = {"method": "saved"} if charge.method else {}
    return {"charge": charge.id, "account": charge.payer.account_id, **method}

from serai.contracts.payments import ConfigField, GatewaySettings
from serai.drivers.payments.factories import value, wrong
from serai.kit.i18n import lazy

NAME = "Stripe"
FIELDS = (
    ConfigField("secret_key", lazy("Secret key"), "secret", lazy("Begins with sk_ or rk_.")),
    ConfigField("publishable_key", lazy("Publishable key"), help=lazy("Begins with pk_.")),
    ConfigField(
        "webhook_secret", lazy("Webhook signing secret"), "secret",
        lazy("Begins with whsec_. Stripe shows it beside the webhook's address."),
    ),
)  # fmt: skip
# What its card fields load: https://docs.stripe.com/security/guide#content-security-policy
CONTENT_SOURCES = ("https://js.stripe.com", "https://hooks.stripe.com", "https://api.stripe.com")


def check_shapes(settings: GatewaySettings) -> None:
    """Raises Invalid for a key of another kind, or of the live system in test mode and the reverse."""
    mode = "test" if settings.test_mode else "live"
    expected = {
        "secret_key": (f"sk_{mode}_", f"rk_{mode}_"),
        "publishable_key": (f"pk_{mode}_",),
        "webhook_secret": ("whsec_",),
    }
    for each in FIELDS:
        if not value(settings.values, each.name).startswith(expected[each.name]):
            raise wrong(NAME, each.label, each.name)

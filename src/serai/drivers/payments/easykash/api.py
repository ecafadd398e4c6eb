"""EasyKash's interface. It says 200 to refusals, too, with `error` or `message` in the body."""

from typing import Any

from serai.contracts.payments import ConfigField, GatewaySettings
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.http import Http, without
from serai.kit.errors import Invalid
from serai.kit.i18n import _, lazy

NAME = "EasyKash"
LIVE = "https://back.easykash.net"
FIELDS = (
    ConfigField("api_key", lazy("API key"), "secret", lazy("From EasyKash's page “Integration Settings”.")),
    ConfigField(
        "hmac_secret", lazy("HMAC secret"), "secret",
        lazy("EasyKash shows it once the callback address is saved there."),
    ),
    ConfigField(
        "options", lazy("Payment options"), required=False,
        help=lazy("Numbers such as 2, 4, 5. Empty for all that are switched on at EasyKash."),
    ),
    ConfigField(
        "mobile", lazy("Mobile number"), required=False,
        help=lazy("EasyKash wants one of every payer. This stands in for payers who gave none."),
    ),
)  # fmt: skip


class Refused(Invalid):
    code = "billing.gateway_refused"


class Api:
    def __init__(self, settings: GatewaySettings) -> None:
        self._http = Http(NAME, settings.base_url or LIVE)
        self._key = value(settings.values, "api_key")
        self._secrets = [self._key, value(settings.values, "hmac_secret")]

    async def pay(self, body: dict[str, Any]) -> str:
        """The hosted page's address."""
        found = await self._asked("/api/directpayv1/pay", body)
        if not found.get("redirectUrl"):
            raise self._refusal(found)
        return str(found["redirectUrl"])

    async def inquire(self, reference: str) -> dict[str, Any] | None:
        """None for what EasyKash has not heard of: nobody chose a way to pay yet."""
        found = await self._asked("/api/cash-api/inquire", {"customerReference": reference})
        return found if found.get("status") else None

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._http.call("POST", path, headers={"authorization": self._key}, json=body)
        if answer.status in {401, 403}:
            raise wrong(NAME, FIELDS[0].label, "api_key")
        found: dict[str, Any] = answer.body if isinstance(answer.body, dict) else {}
        if not answer.ok and answer.status != 404:
            raise self._refusal(found)
        return found

    def _refusal(self, found: dict[str, Any]) -> Refused:
        said = without(found.get("error") or found.get("message") or "?", self._secrets)
        return Refused(_("EasyKash refused this: %(said)s", said=said))

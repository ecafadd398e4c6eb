"""Fawaterk's interface v2. It answers `{"status": "success" | "error", "data" | "message": …}`."""

from typing import Any

from serai.contracts.payments import ConfigField, GatewaySettings
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.http import Answer, Http, without
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _, lazy

NAME = "Fawaterk"
LIVE, STAGING = "https://app.fawaterk.com", "https://staging.fawaterk.com"
FIELDS = (
    ConfigField("api_key", lazy("API key"), "secret", lazy("From Fawaterk's page “Integration”.")),
    ConfigField(
        "vendor_key", lazy("Vendor key"), "secret",
        lazy("Signs the notices. Leave it empty where it is the same as the API key."), required=False,
    ),
)  # fmt: skip


class Api:
    def __init__(self, settings: GatewaySettings) -> None:
        self._http = Http(NAME, settings.base_url or (STAGING if settings.test_mode else LIVE))
        self._key = value(settings.values, "api_key")
        self._secrets = [self._key, value(settings.values, "vendor_key")]

    async def get(self, path: str) -> Any:
        return await self._asked("GET", path)

    async def post(self, path: str, body: object) -> Any:
        return await self._asked("POST", path, body)

    async def _asked(self, method: str, path: str, body: object | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = await self._http.call(method, f"/api/v2/{path}", headers=headers, json=body)
        found = answer.body if isinstance(answer.body, dict) else {}
        if answer.ok and found.get("status") == "success":
            return found.get("data")
        if answer.ok and not found:
            raise self._http.unavailable()
        raise self._refusal(answer, str(found.get("message") or ""))

    def _refusal(self, answer: Answer, message: str) -> Invalid | NotFound:
        # A wrong key is a 400 with “Invalid Token or inactive vendor”.
        if answer.status in {401, 403} or "token" in message.lower():
            return wrong(NAME, FIELDS[0].label, "api_key")
        if answer.status == 404:
            return NotFound(_("Fawaterk knows no such payment."))
        said = without(message or answer.status, self._secrets)
        return Invalid(_("Fawaterk refused this: %(said)s", said=said), code="billing.gateway_refused")

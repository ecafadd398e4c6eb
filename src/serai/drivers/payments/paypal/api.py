"""PayPal's REST interface: a token that is asked for once, and refusals in our words."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from serai.contracts.payments import GatewaySettings
from serai.drivers.payments.factories import value, wrong
from serai.drivers.payments.http import Answer, Http, without
from serai.drivers.payments.paypal.settings import FIELDS, LIVE, NAME, SANDBOX
from serai.kit import clock
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _

_EARLIER = timedelta(seconds=60)


class Refused(Invalid):
    """`issue`: PayPal's own word, such as INSTRUMENT_DECLINED."""

    code = "billing.gateway_refused"

    def __init__(self, message: str, issue: str) -> None:
        super().__init__(message)
        self.issue = issue


class Api:
    def __init__(self, settings: GatewaySettings) -> None:
        self._http = Http(NAME, settings.base_url or (SANDBOX if settings.test_mode else LIVE))
        self._id = value(settings.values, "client_id")
        self._secret = value(settings.values, "client_secret")
        self._token: tuple[str, datetime] | None = None

    async def get(self, path: str) -> dict[str, Any]:
        return await self._asked("GET", path)

    async def post(self, path: str, body: object | bytes, *, key: str | None = None) -> dict[str, Any]:
        """`key`: sent as PayPal-Request-Id. `bytes` go as they are. Answers are whole representations."""
        return await self._asked("POST", path, body, key)

    async def delete(self, path: str) -> None:
        await self._asked("DELETE", path)

    async def _asked(
        self, method: str, path: str, body: object | bytes | None = None, key: str | None = None
    ) -> dict[str, Any]:
        answer = await self._sent(method, path, body, key, await self._bearer())
        if answer.status == 401:  # the token was revoked before its time
            self._token = None
            answer = await self._sent(method, path, body, key, await self._bearer())
        if answer.ok:
            return answer.body if isinstance(answer.body, dict) else {}
        if answer.status in {401, 403}:
            raise _keys()
        if answer.status == 404:
            raise NotFound(_("PayPal knows no such payment."))
        raise self._refusal(answer)

    async def _sent(
        self, method: str, path: str, body: object | bytes | None, key: str | None, token: str
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Prefer": "return=representation"}
        if key is not None:
            headers["PayPal-Request-Id"] = key
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            return await self._http.call(method, path, headers=headers, data=body)
        return await self._http.call(method, path, headers=headers, json=body)

    async def _bearer(self) -> str:
        if self._token is not None and clock.now() < self._token[1]:
            return self._token[0]
        keys = base64.b64encode(f"{self._id}:{self._secret}".encode()).decode()
        answer = await self._http.call(
            "POST", "/v1/oauth2/token", data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {keys}"},
        )  # fmt: skip
        if answer.status in {400, 401, 403}:
            raise _keys()
        if not answer.ok or not isinstance(answer.body, dict) or "access_token" not in answer.body:
            raise self._http.unavailable()
        lasts = timedelta(seconds=int(answer.body.get("expires_in", 0)))
        self._token = (str(answer.body["access_token"]), clock.now() + lasts - _EARLIER)
        return self._token[0]

    def _refusal(self, answer: Answer) -> Refused:
        found = answer.body if isinstance(answer.body, dict) else {}
        details = found.get("details") or [{}]
        first: Mapping[str, Any] = details[0] if isinstance(details[0], dict) else {}
        issue = str(first.get("issue") or found.get("name") or answer.status)
        said = without(
            first.get("description") or found.get("message") or issue,
            [self._id, self._secret, self._token[0] if self._token else ""],
        )
        return Refused(_("PayPal refused this: %(said)s", said=said), issue)


def _keys() -> Invalid:
    return wrong(NAME, f"{FIELDS[0].label}, {FIELDS[1].label}", "client_id", "client_secret")

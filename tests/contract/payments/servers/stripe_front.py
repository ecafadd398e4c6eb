"""What localstripe leaves out, in front of it: keys, idempotency, what is refused, parameters it does not
know (remembered and put into the answers), lists by customer, and payouts. After docs.stripe.com."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

from tests.contract.payments.servers.common import Faults

SECRET, PUBLISHABLE, WEBHOOK = (
    "sk_test_0123456789abcdef",
    "pk_test_0123456789abcdef",
    "whsec_0123456789abcdef",
)
# Path → parameters Stripe takes of us → those of them localstripe knows.
_KNOWN = {
    r"/v1/payment_intents": (
        {"amount", "currency", "customer", "description", "metadata", "automatic_payment_methods", "expand",
         "setup_future_usage", "payment_method", "confirm", "off_session", "return_url"},
        {"amount", "currency", "customer", "metadata", "expand", "payment_method", "confirm", "off_session"},
    ),
    r"/v1/payment_intents/\w+/cancel": ({"expand"}, {"expand"}),
    r"/v1/setup_intents": (
        {"customer", "usage", "metadata", "automatic_payment_methods", "expand"},
        {"customer", "usage", "metadata", "expand"},
    ),
    r"/v1/setup_intents/\w+/cancel": ({"expand"}, {"expand"}),
    r"/v1/customers": ({"name", "email", "preferred_locales", "metadata"},) * 2,
    r"/v1/refunds": ({"payment_intent", "amount", "reason", "metadata"}, {"payment_intent", "amount", "metadata"}),
    r"/v1/payment_methods/[^/]+/detach": (set(), set()),
}  # fmt: skip
_KEPT = ("setup_future_usage", "description")
_THREE = {"bhd", "jod", "kwd", "omr", "tnd"}


class StripeFront:
    def __init__(self, behind: str) -> None:
        self.faults = Faults()
        self.behind = behind
        self.remembered: dict[str, dict[str, str]] = {}
        self.answers: dict[str, tuple[str, int, bytes]] = {}
        self._lock = asyncio.Lock()
        self.payouts: list[dict[str, Any]] = []
        self.movements: dict[str, list[dict[str, Any]]] = {}
        self.app = web.Application(middlewares=[self.faults.middleware])
        self.app.router.add_get("/v1/payouts", self._list_payouts)
        self.app.router.add_get("/v1/balance_transactions", self._list_movements)
        self.app.router.add_route("*", "/{path:.*}", self._pass)

    def forget_keys(self) -> None:
        """A day later."""
        self.answers.clear()

    async def payer(self, method: str, path: str, **data: str) -> dict[str, Any]:
        """As Stripe.js or the dashboard does it, past the driver."""
        _status, body = await self._ask(method, path, urlencode(data))
        return dict(json.loads(body or b"{}"))

    async def card(self, number: str) -> str:
        made = await self.payer(
            "POST", "/v1/payment_methods",
            **{"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2034", "card[cvc]": "123"},
        )  # fmt: skip
        return str(made["id"])

    async def intents(self, charge_id: str) -> list[dict[str, Any]]:
        listed = await self.payer("GET", "/v1/payment_intents?limit=100")
        return [each for each in listed["data"] if each["metadata"].get("charge") == charge_id]

    async def _pass(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            message = f"Invalid API Key provided: {request.headers.get('Authorization')}"
            return _error(401, message)
        body = (await request.read()).decode()
        if request.method != "POST":
            return await self._read(request)
        async with self._lock:
            return await self._once(request, body)

    async def _once(self, request: web.Request, body: str) -> web.Response:
        key = request.headers.get("Idempotency-Key")
        if key and key in self.answers:
            before, status, answer = self.answers[key]
            if before != body:
                return _error(400, "Keys for idempotent requests can only be used with the same parameters.",
                              type="idempotency_error")  # fmt: skip
            return web.Response(status=status, body=answer, content_type="application/json")
        response = await self._write(request.path, body)
        if key and response.status < 500:
            self.answers[key] = (body, response.status, bytes(response.body))  # type: ignore[arg-type]
        return response

    async def _write(self, path: str, body: str) -> web.Response:
        taken, passed = next(pair for shape, pair in _KNOWN.items() if re.fullmatch(shape, path))
        asked = parse_qsl(body, keep_blank_values=True)
        unknown = {_top(name) for name, _ in asked} - taken
        if unknown:
            return _error(400, f"Received unknown parameter: {unknown}", code="parameter_unknown")
        fields = dict(asked)
        wrong = _wrong(path, fields) or await self._too_much(path, fields)
        if wrong is not None:
            return wrong
        kept = urlencode([(name, value) for name, value in asked if _top(name) in passed])
        status, answer = await self._ask("POST", path, kept)
        found = json.loads(answer)
        if status == 402:
            found = await self._with_intent(found)
        elif found.get("object") == "payment_intent":
            self.remembered[found["id"]] = {name: fields[name] for name in _KEPT if name in fields}
        return self._shown(status, found)

    async def _read(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        customer = query.pop("customer", None) if request.path == "/v1/payment_intents" else None
        text = request.query_string if customer is None else urlencode(query)
        status, answer = await self._ask("GET", f"{request.path}?{text}")
        found = json.loads(answer)
        if customer is not None:
            found["data"] = [each for each in found["data"] if each["customer"] == customer]
            found["has_more"] = False
        return self._shown(status, found)

    def _shown(self, status: int, found: dict[str, Any]) -> web.Response:
        if found.get("object") == "payment_intent":
            found.update(self.remembered.get(found["id"], {}))
            found["amount_received"] = found["amount"] if found["status"] == "succeeded" else 0
        elif status == 404:
            found["error"]["code"] = "resource_missing"
        return web.json_response(found, status=status)

    async def _with_intent(self, found: dict[str, Any]) -> dict[str, Any]:
        """As Stripe tells of a declined card."""
        error = found["error"] | {"type": "card_error"}
        if "charge" in error:
            charge = await self.payer("GET", f"/v1/charges/{error['charge']}")
            error["payment_intent"] = await self.payer(
                "GET", f"/v1/payment_intents/{charge['payment_intent']}"
            )
        return {"error": error}

    async def _too_much(self, path: str, fields: dict[str, str]) -> web.Response | None:
        if path != "/v1/refunds":
            return None
        intent = await self.payer("GET", f"/v1/payment_intents/{fields['payment_intent']}")
        charge = intent["latest_charge"]
        given = await self.payer("GET", f"/v1/refunds?charge={charge['id']}")
        left = charge["amount"] - sum(each["amount"] for each in given["data"])
        if left == 0:
            return _error(400, "Charge has already been refunded.", code="charge_already_refunded")
        if int(fields["amount"]) > left:
            return _error(400, f"Refund amount is greater than unrefunded amount on charge ({left})")
        return None

    async def _list_payouts(self, request: web.Request) -> web.Response:
        assert request.query["status"] == "paid"
        since = int(request.query["arrival_date[gte]"])
        found = [each for each in self.payouts if each["arrival_date"] >= since]
        return web.json_response({"object": "list", "data": found, "has_more": False, "url": "/v1/payouts"})

    async def _list_movements(self, request: web.Request) -> web.Response:
        assert "data.source" in request.query.values()
        found = self.movements[request.query["payout"]]
        return web.json_response(
            {"object": "list", "data": found, "has_more": False, "url": "/v1/balance_transactions"}
        )

    async def _ask(self, method: str, path: str, body: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-www-form-urlencoded"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.behind + path, data=body or None, headers=headers) as response,
        ):
            return response.status, await response.read()


def _wrong(path: str, fields: dict[str, str]) -> web.Response | None:
    if path != "/v1/payment_intents":
        return None
    if fields["currency"] != fields["currency"].lower() or not fields["amount"].isdecimal():
        return _error(400, "Invalid integer or currency")
    if fields["currency"] in _THREE and int(fields["amount"]) % 10:
        return _error(400, "Amount must be divisible by ten", code="parameter_invalid_integer")
    confirms = fields.get("confirm") == "true"
    if not confirms and {"off_session", "return_url"} & set(fields):
        return _error(400, "off_session and return_url are for confirm=true only")
    if confirms and "off_session" not in fields and "return_url" not in fields:
        return _error(400, "A return_url is needed to confirm with automatic payment methods")
    return None


def _top(name: str) -> str:
    return name.partition("[")[0]


def _error(status: int, message: str, **more: str) -> web.Response:
    error = {"type": "invalid_request_error", "message": message, **more}
    return web.json_response({"error": error}, status=status)

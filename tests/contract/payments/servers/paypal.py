"""PayPal as developer.paypal.com describes it: Orders v2, Payments v2, Payment Method Tokens v3, webhooks."""

import asyncio
import base64
import hashlib
import json
import re
from typing import Any

from aiohttp import web

from tests.contract.payments.servers.common import Faults, Handler, refused

CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID = "paypal-client-0123456789", "paypal-secret-0123456789", "WH-0123456789"
_WHOLE = {"HUF", "JPY", "TWD"}
_KNOWN = _WHOLE | {"USD", "EUR", "GBP"}


class PayPalServer:
    def __init__(self) -> None:
        self.faults = Faults()
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.setups: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.answers: dict[tuple[str, str], tuple[bytes, Any]] = {}
        self.tokens_issued = 0
        self.good: set[str] = set()
        self._lock = asyncio.Lock()
        self.declining: set[str] = set()
        self.read_too_early: set[str] = set()
        self.app = web.Application(middlewares=[self.faults.middleware, self._authorised])
        add = self.app.router.add_route
        add("POST", "/v1/oauth2/token", self._token)
        add("POST", "/v2/checkout/orders", self._once(self._create))
        add("GET", "/v2/checkout/orders/{id}", self._read)
        add("POST", "/v2/checkout/orders/{id}/capture", self._once(self._capture))
        add("POST", "/v2/payments/captures/{id}/refund", self._once(self._refund))
        add("GET", "/v2/payments/refunds/{id}", self._read_refund)
        add("POST", "/v3/vault/setup-tokens", self._once(self._setup))
        add("GET", "/v3/vault/setup-tokens/{id}", self._read_setup)
        add("POST", "/v3/vault/payment-tokens", self._once(self._vault))
        add("DELETE", "/v3/vault/payment-tokens/{id}", self._unvault)
        add("POST", "/v1/notifications/verify-webhook-signature", self._verify)
        add("GET", "/v1/notifications/webhooks/{id}", self._webhook)

    def approve(self, order_id: str) -> None:
        self.orders[order_id]["status"] = "APPROVED"

    def approve_setup(self, setup_id: str) -> None:
        self.setups[setup_id]["status"] = "APPROVED"

    def captured(self, charge_id: str) -> list[dict[str, Any]]:
        units = [each["purchase_units"][0] for each in self.orders.values()]
        ours = [each for each in units if each.get("custom_id") == charge_id]
        return [capture for each in ours for capture in each.get("payments", {}).get("captures", [])]

    def notice(self, order_id: str, at: str) -> tuple[dict[str, str], bytes]:
        body = json.dumps(
            {
                "id": f"WH-{order_id}", "event_type": "CHECKOUT.ORDER.APPROVED",
                "resource_type": "checkout-order", "resource": self.orders[order_id],
            },
            indent=1,
        ).encode()  # fmt: skip
        headers = {
            "paypal-transmission-id": "t-1", "paypal-transmission-time": at, "paypal-auth-algo": "SHA256withRSA",
            "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
        }  # fmt: skip
        return {**headers, "paypal-transmission-sig": _signature(at, body)}, body

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if request.path != "/v1/oauth2/token" and given.removeprefix("Bearer ") not in self.good:
            raise refused(401, {"name": "AUTHENTICATION_FAILURE", "message": f"Not good: {given}"})
        return await handler(request)

    def _once(self, handler: Handler) -> Handler:
        """Idempotent by PayPal-Request-Id: the same answer again."""

        async def once(request: web.Request) -> web.StreamResponse:
            async with self._lock:
                return await answered(request)

        async def answered(request: web.Request) -> web.StreamResponse:
            key = (request.path, request.headers.get("PayPal-Request-Id", ""))
            body = await request.read()
            if key[1] and key in self.answers:
                before, answer = self.answers[key]
                if before != body:
                    raise _unprocessable("PAYPAL_REQUEST_ID_PREVIOUSLY_USED")
                return web.json_response(answer)
            response = await handler(request)
            assert isinstance(response, web.Response)
            if key[1]:
                self.answers[key] = (body, json.loads(response.body or b"null"))  # type: ignore[arg-type]
            return response

        return once

    async def _token(self, request: web.Request) -> web.Response:
        wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {wanted}":
            message = f"Client Authentication failed {request.headers.get('Authorization')}"
            raise refused(401, {"error": "invalid_client", "error_description": message})
        assert (await request.post())["grant_type"] == "client_credentials"
        self.tokens_issued += 1
        token = f"A21.{self.tokens_issued}"
        self.good.add(token)
        return web.json_response({"access_token": token, "expires_in": 32400})

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("intent") != "CAPTURE" or len(asked["purchase_units"]) != 1:
            raise _malformed("/intent")
        _require_amount(asked["purchase_units"][0]["amount"])
        source = asked.get("payment_source", {}).get("paypal", {})
        order_id = f"ORDER{len(self.orders):012}"
        made = {"id": order_id, "status": "PAYER_ACTION_REQUIRED", **asked}
        made["links"] = [{"rel": "payer-action", "href": f"https://paypal.test/checkoutnow?token={order_id}"}]
        if "vault_id" in source:
            self._charge_vaulted(made, source)
        elif asked.get("payment_source") is None:
            made["status"] = "CREATED"
        self.orders[order_id] = made
        return web.json_response(made, status=201)

    def _charge_vaulted(self, made: dict[str, Any], source: dict[str, Any]) -> None:
        token = self.tokens.get(source["vault_id"])
        if token is None:
            raise _unprocessable("TOKEN_ID_NOT_FOUND")
        stored = source.get("stored_credential", {})
        if stored and (stored["payment_initiator"], stored["usage"]) != ("MERCHANT", "SUBSEQUENT"):
            raise _malformed("/payment_source/paypal/stored_credential")
        if source["vault_id"] in self.declining:
            raise _unprocessable("INSTRUMENT_DECLINED")
        self._take(made)

    async def _read(self, request: web.Request) -> web.Response:
        found = _found(self.orders, request)
        early = found["id"] in self.read_too_early
        return web.json_response({**found, "status": "APPROVED"} if early else found)

    async def _capture(self, request: web.Request) -> web.Response:
        order = _found(self.orders, request)
        if order["status"] == "COMPLETED":
            self.read_too_early.clear()
            raise _unprocessable("ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise _unprocessable("ORDER_NOT_APPROVED")
        if order["id"] in self.declining:
            raise _unprocessable("INSTRUMENT_DECLINED")
        self._take(order)
        source = order["payment_source"]["paypal"]
        if "vault" in source.get("attributes", {}):
            token = f"vault{len(self.tokens)}"
            self.tokens[token] = {"id": token}
            source["email_address"] = "mona@example.com"
            source["attributes"]["vault"] |= {"id": token, "status": "VAULTED", "customer": {"id": "cust1"}}
        return web.json_response(order, status=201)

    def _take(self, order: dict[str, Any]) -> None:
        unit = order["purchase_units"][0]
        taken = [each["purchase_units"][0] for each in self.orders.values() if each["status"] == "COMPLETED"]
        if unit.get("invoice_id") in {each.get("invoice_id") for each in taken}:
            raise _unprocessable("DUPLICATE_INVOICE_ID")
        fee = {**unit["amount"], "value": "1" if unit["amount"]["currency_code"] in _WHOLE else "0.30"}
        capture = {
            "id": f"CAP{order['id']}", "status": "COMPLETED", "amount": unit["amount"],
            "seller_receivable_breakdown": {"gross_amount": unit["amount"], "paypal_fee": fee},
        }  # fmt: skip
        unit["payments"] = {"captures": [capture]}
        order["status"] = "COMPLETED"

    async def _refund(self, request: web.Request) -> web.Response:
        captures = [
            c
            for o in self.orders.values()
            for c in o["purchase_units"][0].get("payments", {}).get("captures", [])
        ]
        (capture,) = [each for each in captures if each["id"] == request.match_info["id"]]
        asked = await request.json()
        _require_amount(asked["amount"])
        given = [each for each in self.refunds.values() if each["capture"] == capture["id"]]
        total = sum(float(each["amount"]["value"]) for each in [*given, asked])
        if total > float(capture["amount"]["value"]) + 1e-9:
            raise _unprocessable("REFUND_AMOUNT_EXCEEDED")
        made = {"id": f"REF{len(self.refunds)}", "status": "COMPLETED", "capture": capture["id"], **asked}
        self.refunds[made["id"]] = made
        return web.json_response(made, status=201)

    async def _read_refund(self, request: web.Request) -> web.Response:
        return web.json_response(_found(self.refunds, request))

    async def _setup(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked["payment_source"]["paypal"]["usage_type"] != "MERCHANT":
            raise _malformed("/payment_source/paypal/usage_type")
        setup_id = f"SETUP{len(self.setups)}"
        link = {
            "rel": "approve",
            "href": f"https://paypal.test/agreements/approve?approval_session_id={setup_id}",
        }
        self.setups[setup_id] = {"id": setup_id, "status": "PAYER_ACTION_REQUIRED", "links": [link]}
        return web.json_response(self.setups[setup_id], status=201)

    async def _read_setup(self, request: web.Request) -> web.Response:
        return web.json_response(_found(self.setups, request))

    async def _vault(self, request: web.Request) -> web.Response:
        asked = (await request.json())["payment_source"]["token"]
        setup = self.setups[asked["id"]]
        if asked["type"] != "SETUP_TOKEN" or setup["status"] != "APPROVED":
            raise _unprocessable("SETUP_TOKEN_NOT_APPROVED")
        setup["status"] = "VAULTED"
        source = {"paypal": {"email_address": "mona@example.com"}}
        made = {"id": f"vault{len(self.tokens)}", "customer": {"id": "cust1"}, "payment_source": source}
        self.tokens[made["id"]] = made
        return web.json_response(made, status=201)

    async def _unvault(self, request: web.Request) -> web.Response:
        del self.tokens[_found(self.tokens, request)["id"]]
        return web.Response(status=204)

    async def _verify(self, request: web.Request) -> web.Response:
        raw = await request.read()
        asked = json.loads(raw)
        # The event has to be there byte for byte, whatever stands around it.
        event = raw.split(b'"webhook_event": ', 1)[1][:-1]
        good = asked["transmission_sig"] == _signature(asked["transmission_time"], event)
        good = good and asked["webhook_id"] == WEBHOOK_ID
        return web.json_response({"verification_status": "SUCCESS" if good else "FAILURE"})

    async def _webhook(self, request: web.Request) -> web.Response:
        if request.match_info["id"] != WEBHOOK_ID:
            raise refused(404, {"name": "INVALID_RESOURCE_ID", "message": "Not found"})
        return web.json_response({"id": WEBHOOK_ID})


def _signature(at: str, body: bytes) -> str:
    return hashlib.sha256(b"paypal-private-key" + at.encode() + body).hexdigest()


def _found(kept: dict[str, dict[str, Any]], request: web.Request) -> dict[str, Any]:
    if request.match_info["id"] not in kept:
        raise refused(
            404, {"name": "RESOURCE_NOT_FOUND", "message": "The specified resource does not exist."}
        )
    return kept[request.match_info["id"]]


def _require_amount(amount: dict[str, str]) -> None:
    currency = amount["currency_code"]
    if currency not in _KNOWN:
        raise _unprocessable("CURRENCY_NOT_SUPPORTED")
    shape = r"[1-9]\d*" if currency in _WHOLE else r"\d+\.\d\d"
    if not re.fullmatch(shape, amount["value"]):
        raise _unprocessable("DECIMAL_PRECISION")


def _unprocessable(issue: str) -> web.HTTPException:
    details = [{"issue": issue, "description": f"{issue} it is."}]
    return refused(422, {"name": "UNPROCESSABLE_ENTITY", "message": "Refused.", "details": details})


def _malformed(field: str) -> web.HTTPException:
    return refused(400, {"name": "INVALID_REQUEST", "message": "Malformed.", "details": [{"field": field}]})

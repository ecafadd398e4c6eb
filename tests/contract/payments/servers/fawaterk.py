"""Fawaterk as its public pages describe it (fawaterak-api.readme.io): strict about what it is sent."""

import hashlib
import hmac
import json
import re
from decimal import Decimal
from typing import Any

from aiohttp import web

from tests.contract.payments.servers.common import Faults, refused

KEY = "fawaterk-key-0123456789abcdef"
_CURRENCIES = {"USD", "EGP", "SR", "AED", "KWD", "QAR", "BHD"}
_NAME = re.compile(r"[\w@\-. ]+")


class FawaterkServer:
    def __init__(self) -> None:
        self.faults = Faults()
        self.invoices: dict[int, dict[str, Any]] = {}
        self.app = web.Application(middlewares=[self.faults.middleware])
        self.app.router.add_post("/api/v2/createInvoiceLink", self._create)
        self.app.router.add_get("/api/v2/getInvoiceData/{id}", self._read)
        self.app.router.add_get("/api/v2/getPaymentmethods", self._methods)

    def pay(self, invoice_id: int) -> None:
        self.invoices[invoice_id] |= {"paid": 1, "status_text": "paid"}

    def expire(self, invoice_id: int) -> None:
        self.invoices[invoice_id] |= {"status_text": "expired"}

    def notice(self, invoice_id: int, **changed: Any) -> bytes:
        """What it posts, JSON because the address holds `_json`."""
        invoice = self.invoices[invoice_id]
        assert "_json" in invoice["webhook"]
        body = {
            "hashKey": "", "invoice_key": invoice["invoice_key"], "invoice_id": invoice_id,
            "payment_method": "Fawry", "invoice_status": "paid", "pay_load": invoice["pay_load"],
            "referenceNumber": "982443480",
        }  # fmt: skip
        signed = f"InvoiceId={invoice_id}&InvoiceKey={body['invoice_key']}&PaymentMethod=Fawry"
        body["hashKey"] = hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).hexdigest()
        return json.dumps({**body, **changed}).encode()

    async def _create(self, request: web.Request) -> web.Response:
        _authorised(request)
        asked = await request.json()
        _require(asked.get("currency") in _CURRENCIES, "The selected currency is invalid.")
        customer = asked.get("customer", {})
        for name in ("first_name", "last_name"):
            _require(bool(_NAME.fullmatch(customer.get(name, ""))), f"The customer.{name} is invalid.")
        items = asked.get("cartItems") or []
        total = sum((Decimal(each["price"]) * int(each["quantity"]) for each in items), Decimal(0))
        _require(bool(items), "The cartItems field is required.")
        _require(total == Decimal(asked["cartTotal"]) > 0, "Your cart total doesn't match the items total")
        number = 1_000_000 + len(self.invoices)
        self.invoices[number] = {
            "invoice_id": number, "invoice_key": f"key{number}", "total": asked["cartTotal"], "paid": 0,
            "currency": asked["currency"], "status_text": "unpaid", "pay_load": json.dumps(asked["payLoad"]),
            "webhook": asked["redirectionUrls"]["webhookUrl"],
            "sends": asked.get("sendEmail", True) or asked.get("sendSMS", True),
        }  # fmt: skip
        url = f"https://fawaterk.test/invoice/{number}/key{number}"
        return _good({"url": url, "invoiceKey": f"key{number}", "invoiceId": number})

    async def _read(self, request: web.Request) -> web.Response:
        _authorised(request)
        found = self.invoices.get(int(request.match_info["id"]))
        if found is None:
            raise refused(404, {"status": "error", "message": "Invoice not found"})
        return _good({name: value for name, value in found.items() if name not in {"webhook", "sends"}})

    async def _methods(self, request: web.Request) -> web.Response:
        _authorised(request)
        return _good([{"paymentId": 2, "name_en": "Visa-Mastercard", "redirect": "true"}])


def _authorised(request: web.Request) -> None:
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        given = request.headers.get("Authorization")
        raise refused(400, {"status": "error", "message": f"Invalid Token or inactive vendor: {given}"})


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise refused(422, {"status": "error", "message": message})


def _good(data: object) -> web.Response:
    return web.json_response({"status": "success", "data": data})

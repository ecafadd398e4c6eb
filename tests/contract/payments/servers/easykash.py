"""EasyKash as its public pages describe it (easykash.gitbook.io): refusals may come with 200."""

import hashlib
import hmac
import json
from typing import Any

from aiohttp import web

from tests.contract.payments.servers.common import Faults

KEY, HMAC_SECRET = "easykash-key-0123456789", "easykash-hmac-0123456789"
_SIGNED = (
    "ProductCode",
    "Amount",
    "ProductType",
    "PaymentMethod",
    "status",
    "easykashRef",
    "customerReference",
)


class EasyKashServer:
    def __init__(self) -> None:
        self.faults = Faults()
        self.payments: dict[int, dict[str, Any]] = {}
        self.app = web.Application(middlewares=[self.faults.middleware])
        self.app.router.add_post("/api/directpayv1/pay", self._pay)
        self.app.router.add_post("/api/cash-api/inquire", self._inquire)

    def choose(self, reference: int, status: str, voucher: str = "") -> None:
        """The payer picks a way on the hosted page: only then EasyKash can be asked about it."""
        asked = self.payments[reference]["asked"]
        self.payments[reference]["found"] = {
            "ProductCode": "EDV4471", "Amount": f"{asked['amount']:.2f}", "ProductType": "Direct Pay",
            "PaymentMethod": "Credit & Debit Card", "status": status, "voucher": voucher,
            "easykashRef": str(2_911_105_009 + reference % 1000), "customerReference": str(reference),
            "BuyerEmail": asked["email"],
        }  # fmt: skip

    def notice(self, reference: int, **changed: Any) -> bytes:
        body = dict(self.payments[reference]["found"])
        signed = "".join(str(body[name]) for name in _SIGNED)
        body["signatureHash"] = hmac.new(HMAC_SECRET.encode(), signed.encode(), hashlib.sha512).hexdigest()
        return json.dumps({**body, **changed}).encode()

    async def _pay(self, request: web.Request) -> web.Response:
        if (denied := _denied(request)) is not None:
            return denied
        asked = await request.json()
        wrong = _wrong(asked) or (
            "customerReference must be unique" if asked["customerReference"] in self.payments else ""
        )
        if wrong:
            return web.json_response({"error": wrong})
        self.payments[asked["customerReference"]] = {"asked": asked, "found": None}
        return web.json_response(
            {"redirectUrl": f"https://easykash.test/DirectPayV1/{asked['customerReference']}"}
        )

    async def _inquire(self, request: web.Request) -> web.Response:
        if (denied := _denied(request)) is not None:
            return denied
        reference = (await request.json())["customerReference"]
        kept = self.payments.get(int(reference))
        if kept is None or kept["found"] is None:
            return web.json_response({"error": "Transaction not found"}, status=404)
        return web.json_response(kept["found"])


def _denied(request: web.Request) -> web.Response | None:
    if request.headers.get("authorization") == KEY:
        return None
    return web.json_response({"error": f"Unauthorized {request.headers.get('authorization')}"}, status=401)


def _wrong(asked: dict[str, Any]) -> str:
    for name, kind in (("amount", (int, float)), ("customerReference", int), ("cashExpiry", int)):
        if not isinstance(asked.get(name), kind):
            return f"{name} must be a number"
    if asked["amount"] <= 0 or round(asked["amount"], 2) != asked["amount"]:
        return "amount is invalid"
    if asked["customerReference"] > 2**53:
        return "customerReference is too large"
    missing = [name for name in ("currency", "name", "email", "mobile", "redirectUrl") if not asked.get(name)]
    return f"{missing[0]} is required" if missing else ""

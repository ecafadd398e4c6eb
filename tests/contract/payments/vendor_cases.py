"""The gateways of vendors, each against its local server."""

import json
from typing import Any

import stripe as sdk

from serai.contracts.payments import Charge, Outcome
from serai.drivers.payments import easykash, fawaterk, paypal, stripe
from serai.kit import clock
from serai.kit.money import Money
from tests.contract.payments.cases import Case, Signed
from tests.contract.payments.servers import easykash as easykash_server
from tests.contract.payments.servers import fawaterk as fawaterk_server
from tests.contract.payments.servers import paypal as paypal_server
from tests.contract.payments.servers import stripe_front
from tests.contract.payments.servers.easykash import EasyKashServer
from tests.contract.payments.servers.fawaterk import FawaterkServer
from tests.contract.payments.servers.paypal import PayPalServer
from tests.contract.payments.servers.stripe_front import StripeFront


class StripeCase(Case):
    factory = stripe.factory
    refuses = (Money(2901, "KWD"),)
    saves = True
    wrong = (
        ({"secret_key": "sk_test_somebody_elses"}, "secret_key"),
        ({"secret_key": "sk_live_0123456789"}, "secret_key"),
        ({"publishable_key": "sk_test_0123456789"}, "publishable_key"),
        ({"webhook_secret": "nonsense"}, "webhook_secret"),
    )

    def __init__(self, server: StripeFront, url: str) -> None:
        values = {
            "secret_key": stripe_front.SECRET, "publishable_key": stripe_front.PUBLISHABLE,
            "webhook_secret": stripe_front.WEBHOOK,
        }  # fmt: skip
        super().__init__(values, url)
        self.server = server
        self.faults = server.faults

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        card = await self.server.card("4242424242424242")
        if outcome.reference.startswith("seti_"):
            await self.server.payer(
                "POST", f"/v1/setup_intents/{outcome.reference}/confirm", payment_method=card
            )
            return
        await self.server.payer("POST", f"/v1/payment_intents/{outcome.reference}", payment_method=card)
        await self.server.payer("POST", f"/v1/payment_intents/{outcome.reference}/confirm")

    async def declined(self) -> tuple[Charge, Outcome]:
        card = await self.server.card("4000000000000341")
        charge = self.charge(method=card, off_session=True)
        return charge, await self.gateway.start(charge)

    async def moved(self, charge: Charge) -> list[Money]:
        intents = await self.server.intents(charge.id)
        scale = charge.amount.currency
        return [Money(each["amount"], scale) for each in intents if each["status"] == "succeeded"]

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        intent = await self.server.payer("GET", f"/v1/payment_intents/{outcome.reference}")
        event = {
            "id": "evt_1",
            "object": "event",
            "type": "payment_intent.succeeded",
            "data": {"object": intent},
        }
        return self.signed(json.dumps(event, indent=2).encode())

    def signed(self, body: bytes, secret: str = stripe_front.WEBHOOK) -> Signed:
        """By the SDK's own signer, as localstripe's."""
        at = int(clock.now().timestamp())
        header = sdk.WebhookSignature.generate_signature_header(body.decode(), secret, at)
        return {"stripe-signature": header}, body

    async def forged(self, signed: Signed) -> list[Signed]:
        headers, body = signed
        later = headers["stripe-signature"].replace("t=1", "t=2")
        return [
            self.signed(body, "whsec_somebody_elses"),
            (headers, body.replace(b"succeeded", b"refused__")),
            ({}, body),
            ({"stripe-signature": later}, body),
            ({"stripe-signature": "t=,v1="}, body),
            (headers, b"\xff\xfe" + body),
        ]

    async def save_method(self) -> str:
        _charge, outcome = await self.paid(Money(0, "USD"), save_method=True)
        assert outcome.method is not None
        return outcome.method.reference


class PayPalCase(Case):
    factory = paypal.factory
    takes = (Money(2900, "JPY"), Money(2901, "USD"), Money(290000, "HUF"))
    refuses = (Money(2900, "KWD"), Money(2901, "HUF"))
    saves = True
    wrong = (
        ({"client_secret": "paypal-secret-of-others"}, "client_secret"),
        ({"webhook_id": "WH-of-others"}, "webhook_id"),
    )

    def __init__(self, server: PayPalServer, url: str) -> None:
        values = {
            "client_id": paypal_server.CLIENT_ID, "client_secret": paypal_server.CLIENT_SECRET,
            "webhook_id": paypal_server.WEBHOOK_ID,
        }  # fmt: skip
        super().__init__(values, url)
        self.server = server
        self.faults = server.faults

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        if outcome.reference.startswith("setup:"):
            self.server.approve_setup(outcome.reference.removeprefix("setup:"))
        elif outcome.state == "requires_action":
            self.server.approve(outcome.reference)

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        outcome = await self.gateway.start(charge)
        self.server.approve(outcome.reference)
        self.server.declining.add(outcome.reference)
        return charge, await self.gateway.sync(charge.id, outcome.reference)

    async def moved(self, charge: Charge) -> list[Money]:
        found = [each["amount"] for each in self.server.captured(charge.id)]
        return [Money.parse(each["value"], each["currency_code"]) for each in found]

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        return self.server.notice(outcome.reference, clock.now().isoformat())

    async def forged(self, signed: Signed) -> list[Signed]:
        headers, body = signed
        return [
            ({**headers, "paypal-transmission-sig": "00"}, body),
            (headers, body.replace(b"APPROVED", b"VOIDED  ")),
            (headers, body.replace(b" ", b"", 1)),
            ({}, body),
            ({**headers, "paypal-cert-url": "https://evil.test/paypal.com/cert"}, body),
        ]

    async def save_method(self) -> str:
        _charge, outcome = await self.paid(Money(0, "USD"), save_method=True)
        assert outcome.method is not None
        return outcome.method.reference


class FawaterkCase(Case):
    factory = fawaterk.factory
    takes = (Money(2901, "USD"), Money(2901, "SAR"), Money(2901, "KWD"))
    refuses = (Money(2900, "JPY"),)
    refunds = False
    dated = False
    wrong = (({"api_key": "fawaterk-key-of-others"}, "api_key"),)

    def __init__(self, server: FawaterkServer, url: str) -> None:
        super().__init__({"api_key": fawaterk_server.KEY}, url)
        self.server = server
        self.faults = server.faults

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        self.server.pay(int(outcome.reference))

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        outcome = await self.gateway.start(charge)
        self.server.expire(int(outcome.reference))
        return charge, await self.gateway.sync(charge.id, outcome.reference)

    async def moved(self, charge: Charge) -> list[Money]:
        paid = [each for each in self.server.invoices.values() if each["paid"]]
        ours = [each for each in paid if json.loads(each["pay_load"])["charge"] == charge.id]
        return [Money.parse(each["total"], charge.amount.currency) for each in ours]

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        return {}, self.server.notice(int(outcome.reference))

    async def forged(self, signed: Signed) -> list[Signed]:
        return _changed(signed[1], {"invoice_id": 1_000_999}, {"hashKey": "00"}, {"hashKey": None})


class EasyKashCase(Case):
    factory = easykash.factory
    money = Money(29050, "EGP")
    takes = (Money(29001, "EGP"),)
    refuses = (Money(2900, "USD"), Money(2900, "JPY"), Money(2900, "KWD"))
    refunds = False
    dated = False
    wrong = (({"api_key": "easykash-key-of-others"}, "api_key"), ({"options": "card"}, "options"))

    def __init__(self, server: EasyKashServer, url: str) -> None:
        super().__init__({"api_key": easykash_server.KEY, "hmac_secret": easykash_server.HMAC_SECRET}, url)
        self.server = server
        self.faults = server.faults

    async def pay(self, charge: Charge, outcome: Outcome) -> None:
        self.server.choose(int(outcome.reference), "PAID")

    async def declined(self) -> tuple[Charge, Outcome]:
        charge = self.charge()
        outcome = await self.gateway.start(charge)
        self.server.choose(int(outcome.reference), "FAILED")
        return charge, await self.gateway.sync(charge.id, outcome.reference)

    async def moved(self, charge: Charge) -> list[Money]:
        tries = [int(each) for each in self.notes.kept[f"charge:{charge.id}"]["tries"]]
        found = [self.server.payments[each]["found"] for each in tries if each in self.server.payments]
        return [Money.parse(each["Amount"], "EGP") for each in found if each and each["status"] == "PAID"]

    async def notice(self, charge: Charge, outcome: Outcome) -> Signed:
        return {}, self.server.notice(int(outcome.reference))

    async def forged(self, signed: Signed) -> list[Signed]:
        changes: list[dict[str, Any]] = [
            {"Amount": "1.00"}, {"status": "FAILED"}, {"signatureHash": "00"}, {"signatureHash": None},
            {"customerReference": "5"}, {"easykashRef": None},
        ]  # fmt: skip
        return _changed(signed[1], *changes)


def _changed(body: bytes, *changes: dict[str, Any]) -> list[Signed]:
    found = json.loads(body)
    made = [json.dumps({**found, **each}).encode() for each in changes]
    return [({}, each) for each in [*made, b"not json", b"[]"]]

"""PaymentIntents and SetupIntents. The charge's id is the idempotency key and stands in the metadata."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import stripe

from serai.contracts.payments import (
    Charge,
    Features,
    GatewaySettings,
    GatewayTools,
    Outcome,
    Payer,
    Payout,
    Refund,
    RefundOutcome,
    WebhookEvent,
)
from serai.drivers.payments import amounts
from serai.drivers.payments.factories import value
from serai.drivers.payments.http import without
from serai.drivers.payments.stripe import outcomes, webhook
from serai.drivers.payments.stripe.client import Client, Refused
from serai.drivers.payments.stripe.money import to_stripe
from serai.drivers.payments.stripe.payouts import arrived
from serai.drivers.payments.stripe.refunds import give_back
from serai.drivers.payments.stripe.requests import payment, setup
from serai.drivers.payments.stripe.settings import CONTENT_SOURCES, check_shapes
from serai.kit.errors import NotFound
from serai.kit.i18n import _


class Stripe:
    key = "stripe"
    features = Features(save_methods=True, off_session=True, content_sources=CONTENT_SOURCES)

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        self._settings = settings
        self._notes = tools.notes
        self._client = Client(settings)
        self._publishable_key = value(settings.values, "publishable_key")
        # What the live system knows the test system does not, and the reverse.
        self._scope = "test" if settings.test_mode else "live"

    async def start(self, charge: Charge) -> Outcome:
        only_save = charge.save_method and charge.amount.amount == 0
        if not only_save:
            amounts.chargeable(charge.amount)
            to_stripe(charge.amount)
        note_key = f"{self._scope}:charge:{charge.id}"
        before = await self._notes.get(note_key)
        if before and before.get("reference"):
            return await self.sync(charge.id, before["reference"])
        customer = await self._customer(charge.payer)
        await self._notes.change(note_key, lambda note: note or {"customer": customer})
        outcome = await self._create(charge, customer, only_save=only_save, again=before is not None)
        if outcome.reference:
            await self._notes.change(note_key, lambda note: {**(note or {}), "reference": outcome.reference})
        return outcome

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        reference = reference or await self._known(charge_id)
        try:
            async with self._client.open() as client:
                return await self._read(client, charge_id, reference)
        except Refused as error:
            raise (_unknown() if error.is_missing else error) from error

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        """Stripe refuses to cancel what has ended or is on its way; then that is the answer."""
        reference = reference or await self._known(charge_id)
        try:
            async with self._client.open() as client:
                await self._read(client, charge_id, reference)
                if reference.startswith("seti_"):
                    await client.v1.setup_intents.cancel_async(reference)
                else:
                    await client.v1.payment_intents.cancel_async(reference)
        except Refused as error:
            if error.is_missing:
                raise _unknown() from error
        return await self.sync(charge_id, reference)

    async def refund(self, refund: Refund) -> RefundOutcome:
        async with self._client.open() as client:
            return await give_back(client, refund)

    async def forget(self, method: str) -> None:
        try:
            async with self._client.open() as client:
                await client.v1.payment_methods.detach_async(method)
        except Refused:
            return  # gone, or attached to nobody

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return webhook.read(headers, body, value(self._settings.values, "webhook_secret"))

    async def test(self) -> str:
        check_shapes(self._settings)
        async with self._client.open() as client:
            await client.v1.balance.retrieve_async()
            made = await client.v1.payment_intents.create_async(
                {"amount": 100, "currency": "usd", "description": "Serai: test, cancelled at once"}
            )
            await client.v1.payment_intents.cancel_async(made.id)
        return _("The balance was read, and a payment of 1.00 USD was begun and cancelled.")

    async def payouts(self, since: datetime) -> list[Payout]:
        async with self._client.open() as client:
            return await arrived(client, since)

    async def _create(self, charge: Charge, customer: str, *, only_save: bool, again: bool) -> Outcome:
        try:
            async with self._client.open() as client:
                if only_save:
                    made: Any = await client.v1.setup_intents.create_async(
                        setup(charge, customer), {"idempotency_key": charge.id}
                    )
                    return outcomes.of_setup(made, self._publishable_key)
                found = await self._lost(client, charge, customer) if again else None
                if found is None:
                    made = await client.v1.payment_intents.create_async(
                        payment(charge, customer), {"idempotency_key": charge.id}
                    )
                    found = outcomes.of_payment(made, self._publishable_key)
                return found
        except stripe.CardError as error:
            said = without(error.user_message or "", self._secrets())
            return outcomes.of_refusal(error, said, self._publishable_key)

    async def _lost(self, client: stripe.StripeClient, charge: Charge, customer: str) -> Outcome | None:
        """A charge that was made though its answer never came. Stripe forgets idempotency keys after a
        day; the customer's payments it does not forget."""
        listed = await client.v1.payment_intents.list_async({"customer": customer, "limit": 100})
        async for each in listed.auto_paging_iter():
            if outcomes.part(each.metadata, "charge") == charge.id:
                return await self._read(client, charge.id, each.id)
        return None

    async def _read(self, client: stripe.StripeClient, charge_id: str, reference: str) -> Outcome:
        found: Any
        if reference.startswith("seti_"):
            found = await client.v1.setup_intents.retrieve_async(reference, {"expand": outcomes.EXPAND_SETUP})
        else:
            found = await client.v1.payment_intents.retrieve_async(
                reference, {"expand": outcomes.EXPAND_PAYMENT}
            )
        if outcomes.part(found.metadata, "charge") != charge_id:
            raise _unknown()
        if reference.startswith("seti_"):
            return outcomes.of_setup(found, self._publishable_key)
        return outcomes.of_payment(found, self._publishable_key)

    async def _customer(self, payer: Payer) -> str:
        if payer.reference:
            return payer.reference
        note_key = f"{self._scope}:customer:{payer.account_id}"
        if before := await self._notes.get(note_key):
            return str(before["id"])
        async with self._client.open() as client:
            made = await client.v1.customers.create_async(
                {
                    "name": payer.name, "email": payer.email, "preferred_locales": [payer.language],
                    "metadata": {"account": payer.account_id},
                },
                {"idempotency_key": f"customer:{payer.account_id}"},
            )  # fmt: skip
        note = await self._notes.change(note_key, lambda note: note or {"id": made.id})
        return str(note["id"])

    async def _known(self, charge_id: str) -> str:
        note = await self._notes.get(f"{self._scope}:charge:{charge_id}") or {}
        if not note.get("reference"):
            raise _unknown()
        return str(note["reference"])

    def _secrets(self) -> list[str]:
        return [value(self._settings.values, name) for name in ("secret_key", "webhook_secret")]


def _unknown() -> NotFound:
    return NotFound(_("Stripe knows no such payment."))

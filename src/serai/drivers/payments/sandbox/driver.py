"""The gateway and its page. Everything it knows stands in notes; its time is the platform's clock."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from serai.contracts.payments import (
    Charge,
    ConfigField,
    Features,
    GatewaySettings,
    GatewayTools,
    Outcome,
    Payout,
    Refund,
    RefundOutcome,
    WebhookEvent,
    WebhookRefused,
)
from serai.drivers.payments import amounts, refunds
from serai.drivers.payments.claims import charge_of
from serai.drivers.payments.factories import value
from serai.drivers.payments.sandbox import page, payouts, signing, state
from serai.drivers.payments.webhook_events import json_object
from serai.kit import ids
from serai.kit.errors import NotFound
from serai.kit.i18n import _, lazy
from serai.kit.money import Money

FIELDS = (
    ConfigField(
        "signing_secret", lazy("Signing secret"), "secret",
        lazy("Signs its notices. Leave it empty, and one is made."), required=False,
    ),
)  # fmt: skip
Note = dict[str, Any]
log = structlog.get_logger()


class Sandbox:
    """A Gateway and HostsPage."""

    key = "sandbox"
    features = Features(save_methods=True, off_session=True)

    def __init__(self, settings: GatewaySettings, tools: GatewayTools) -> None:
        self._url = settings.public_url.rstrip("/")
        self._given_secret = value(settings.values, "signing_secret")
        self._notes = tools.notes
        self._send = tools.send

    async def start(self, charge: Charge) -> Outcome:
        if not (charge.save_method and charge.amount.amount == 0):
            amounts.chargeable(charge.amount)
        note = await self._notes.change(_key(charge.id), lambda note: state.begun(note, charge))
        await self._notes.change(f"reference:{note['reference']}", lambda kept: kept or {"charge": charge.id})
        if charge.method is not None:
            saved = await self._notes.get(f"method:{charge.method}")
            await self._change(charge.id, lambda note: state.charged_saved(note, saved))
        return await self.sync(charge.id, note["reference"])

    async def sync(self, charge_id: str, reference: str) -> Outcome:
        note = state.known(await self._notes.get(_key(charge_id)))
        if reference and reference != note["reference"]:
            raise NotFound(_("The sandbox knows no such payment."))
        return self._outcome(await self._change(charge_id, state.ripened))

    async def cancel(self, charge_id: str, reference: str) -> Outcome:
        return self._outcome(await self._change(charge_id, state.cancelled))

    async def refund(self, refund: Refund) -> RefundOutcome:
        note = await self._notes.change(_key(refund.charge_id), lambda note: state.with_refund(note, refund))
        entry = note["refunds"][refund.id]
        if not entry.get("booked"):
            less = Money(-entry["amount"], note["currency"])
            await payouts.book(self._notes, refund.id, note["reference"], less, entry["at"])
            await self._notes.change(_key(refund.charge_id), lambda note: _refund_booked(note, refund.id))
            await self._tell(note, "charge.refunded")
        return refunds.outcome(note, refund.id)

    async def forget(self, method: str) -> None:
        if await self._notes.get(f"method:{method}"):
            await self._notes.change(f"method:{method}", lambda note: {**(note or {}), "gone": True})

    async def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        signing.verify(await self._secret(), headers, body)
        found = json_object(body)
        if not all(isinstance(found.get(name), str) for name in ("id", "kind", "charge", "reference")):
            raise WebhookRefused("This is no notice of the sandbox's.")
        return WebhookEvent(found["id"], found["kind"], found["charge"], found["reference"])

    async def test(self) -> str:
        body = b'{"id": "test"}'
        secret = await self._secret()
        signing.verify(secret, {signing.HEADER.lower(): signing.sign(secret, body)}, body)
        return _("The sandbox is ready: it signed a notice and read it. No real money moves here.")

    async def payouts(self, since: datetime) -> list[Payout]:
        return await payouts.since(self._notes, since)

    async def page(self, reference: str) -> Mapping[str, Any]:
        note = state.known(await self._notes.get(_key(await self._charge_of(reference))))
        return page.shown(note)

    async def submit(self, reference: str, fields: Mapping[str, str]) -> str:
        charge_id = await self._charge_of(reference)
        before = state.known(await self._notes.get(_key(charge_id)))
        note = await self._change(charge_id, page.answer(before, fields))
        return self._outcome(note).redirect_url or str(note["return_url"])

    async def _change(self, charge_id: str, work: Callable[[Note | None], Note]) -> Note:
        """Change a charge, and then do once what its new state asks for."""
        before = await self._notes.get(_key(charge_id))
        note = await self._notes.change(_key(charge_id), work)
        if note["state"] == "succeeded" and not note.get("settled"):
            note = await self._settle(note)
        if before is None or before["state"] != note["state"]:
            await self._tell(note, f"charge.{note['state']}")
        return note

    async def _settle(self, note: Note) -> Note:
        """The saved card and the payout's line; both may be written twice."""
        if "method" in note:
            kept = {"card": note["card"], "account": note["account"]}
            await self._notes.change(f"method:{note['method']}", lambda found: found or kept)
        if note["amount"]:
            amount = Money(note["amount"], note["currency"])
            await payouts.book(self._notes, note["charge"], note["reference"], amount, note["at"])
        return await self._notes.change(
            _key(note["charge"]), lambda found: {**(found or {}), "settled": True}
        )

    async def _tell(self, note: Note, kind: str) -> None:
        """Our own webhook. One that does not arrive is no harm: the platform looks by itself, too."""
        if self._send is None:
            return
        told = {"id": ids.new("sbxe"), "kind": kind, "charge": note["charge"], "reference": note["reference"]}
        body = json.dumps(told).encode()
        headers = {
            "content-type": "application/json", signing.HEADER: signing.sign(await self._secret(), body),
        }  # fmt: skip
        try:
            await self._send(note["notify_url"], headers, body)
        except Exception as error:
            log.warning("The sandbox's notice did not arrive.", charge=note["charge"], error=repr(error))

    async def _secret(self) -> str:
        if self._given_secret:
            return self._given_secret
        note = await self._notes.get("secret") or await self._notes.change(
            "secret", lambda note: note or {"secret": secrets.token_hex(32)}
        )
        return str(note["secret"])

    async def _charge_of(self, reference: str) -> str:
        charge_id = await charge_of(self._notes, reference)
        if charge_id is None:
            raise NotFound(_("The sandbox knows no such payment."))
        return charge_id

    def _outcome(self, note: Note) -> Outcome:
        return state.outcome(note, f"{self._url}/sandbox/pay/{note['reference']}")


def _refund_booked(note: Note | None, refund_id: str) -> Note:
    found = state.known(note)
    entry = {**found["refunds"][refund_id], "booked": True}
    return {**found, "refunds": {**found["refunds"], refund_id: entry}}


def _key(charge_id: str) -> str:
    return f"charge:{charge_id}"

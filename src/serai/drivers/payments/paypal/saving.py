"""Saving an approval without a payment: a setup token that the payer approves becomes a payment token."""

from typing import Any
from urllib.parse import quote

from serai.contracts.payments import Charge, Notes, Outcome, SavedMethod
from serai.drivers.payments.paypal import orders
from serai.drivers.payments.paypal.api import Api
from serai.kit.errors import NotFound
from serai.kit.i18n import _

PREFIX = "setup:"


async def begin(api: Api, notes: Notes, charge: Charge) -> Outcome:
    before = await notes.get(f"charge:{charge.id}") or {}
    if before.get("reference"):
        return await sync(api, notes, charge.id, before["reference"])
    made = await api.post("/v3/vault/setup-tokens", orders.setup(charge), key=charge.id)
    reference = PREFIX + str(made["id"])
    await notes.change(f"charge:{charge.id}", lambda note: {**(note or {}), "reference": reference})
    return Outcome("requires_action", reference, redirect_url=orders.link(made, "approve"))


async def sync(api: Api, notes: Notes, charge_id: str, reference: str) -> Outcome:
    note = await notes.get(f"charge:{charge_id}") or {}
    if note.get("reference") != reference:
        raise NotFound(_("PayPal knows no such payment."))
    if method := note.get("method"):
        return Outcome("succeeded", reference, method=SavedMethod(**method))
    if note.get("cancelled"):
        return Outcome("cancelled", reference)
    token = reference.removeprefix(PREFIX)
    found = await api.get(f"/v3/vault/setup-tokens/{path(token)}")
    if found.get("status") not in {"APPROVED", "VAULTED"}:
        return Outcome("requires_action", reference, redirect_url=orders.link(found, "approve"))
    made = await api.post(
        "/v3/vault/payment-tokens", {"payment_source": {"token": {"id": token, "type": "SETUP_TOKEN"}}},
        key=f"{charge_id}:token",
    )  # fmt: skip
    method = orders.saved(made)
    await notes.change(f"charge:{charge_id}", lambda note: {**(note or {}), "method": _plain(method)})
    return Outcome("succeeded", reference, method=method)


async def cancel(notes: Notes, charge_id: str, reference: str) -> Outcome:
    def work(note: dict[str, Any] | None) -> dict[str, Any]:
        found = note or {}
        return found if found.get("method") else {**found, "cancelled": True}

    note = await notes.change(f"charge:{charge_id}", work)
    if method := note.get("method"):
        return Outcome("succeeded", reference, method=SavedMethod(**method))
    return Outcome("cancelled", reference)


def path(part: str) -> str:
    """An id as one part of an address, whatever it holds."""
    return quote(part, safe="")


def _plain(method: SavedMethod) -> dict[str, str | None]:
    return {
        "reference": method.reference, "label": method.label, "kind": method.kind, "expires": method.expires,
        "payer_reference": method.payer_reference,
    }  # fmt: skip

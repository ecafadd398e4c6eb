"""What payers show of their transfers: a picture, a PDF, or a number. Files lie in the platform's home."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from fastapi import Request
from starlette.datastructures import UploadFile

from serai.contracts.payments import Gateway, NeedsApproval
from serai.kit import ids
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules import billing
from serai.portals.shared.access import settings
from serai.portals.shared.payment_choice import gateways_of

ACCEPTED = "image/png,image/jpeg,image/webp,application/pdf"
_MOST_BYTES = 900_000  # a request carries one megabyte at most
_MOST = 5
_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp", b"%PDF-": "pdf"}


async def of(gateway: Gateway, payment: billing.payments.Payment) -> list[Mapping[str, str]]:
    return await cast("NeedsApproval", gateway).receipts(payment.id)


async def take(request: Request, payment: billing.payments.Payment) -> None:
    """Raises Invalid for what is neither, Conflict once the payment is decided."""
    form = await request.form()
    text, upload = str(form.get("text", "")).strip()[:1000], form.get("file")
    content = await upload.read(_MOST_BYTES + 1) if isinstance(upload, UploadFile) else b""
    if not text and not content:
        raise Invalid(_("Add a picture of the transfer, or its number."))
    gateway = await gateways_of(request).get(payment.gateway, even_off=True)
    if not gateway.features.approval:
        raise Invalid(_("This way to pay needs no receipt."))
    if len(await of(gateway, payment)) >= _MOST:
        raise Invalid(_("We have enough receipts of this payment. Write to support if something is wrong."))
    kind = kind_of(content) if content else "txt"
    name = f"receipts/{ids.new('rcp')}.{kind}"
    await asyncio.to_thread(_write, settings(request).state / name, content or text.encode())
    await cast("NeedsApproval", gateway).add_receipt(payment.id, file=name, text=text)


def kind_of(content: bytes) -> str:
    """By what is in it, whatever it is called. Raises Invalid."""
    if len(content) > _MOST_BYTES:
        raise Invalid(_("The file is larger than 900 KB. Send a smaller picture."))
    for begin, kind in _KINDS.items():
        if content.startswith(begin):
            return kind
    raise Invalid(_("Send a picture (PNG, JPEG, WebP) or a PDF."))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)

"""What a camera reads off an invoice: the way to pay it, or in Saudi Arabia what the tax authority asks."""

import base64
import io
from datetime import UTC
from decimal import Decimal

from babel.numbers import get_currency_precision

from serai.modules.billing.documents.model import InvoiceDocument

_LONGEST = 255  # a length is one byte


def text_of(document: InvoiceDocument) -> str | None:
    """None where there is nothing to read."""
    if document.seller.country == "SA" and document.seller.tax_number:
        return zatca(document)
    return document.pay_url if document.due > 0 and document.kind == "invoice" else None


def zatca(document: InvoiceDocument) -> str:
    """Base64 of tag, length, value: seller, tax number, time, total and tax (ZATCA, phase 1)."""
    at = document.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    places = get_currency_precision(document.currency)
    total, tax = (str(Decimal(each).scaleb(-places)) for each in (document.total, document.tax))
    values = (document.seller.name, document.seller.tax_number or "", at, total, tax)
    return base64.b64encode(b"".join(_field(tag, value) for tag, value in enumerate(values, 1))).decode()


def svg(text: str) -> str:
    import segno

    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        image, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None
    )
    return image.getvalue().decode()


def _field(tag: int, value: str) -> bytes:
    content = value.encode()[:_LONGEST].decode(errors="ignore").encode()
    return bytes((tag, len(content))) + content

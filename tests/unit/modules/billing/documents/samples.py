"""Documents whose sums agree."""

import io
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pypdf import PdfReader

from serai.modules.billing.documents import InvoiceDocument, Line, Party, TaxTotal

SELLER = Party(
    "Serai Software GmbH",
    ("Torstraße 12",),
    "Berlin",
    "10119",
    "DE",
    "DE136695976",
    "HRB 12345",
    "bills@serai.test",
)
BUYER = Party("Nile Trading SARL", ("8 rue de la Paix",), "Paris", "75002", "FR", "FR40303265045")
SELLER_AR = Party("سراي للبرمجيات", ("شارع طلعت حرب",), "القاهرة", "11511", "EG", "100324932")
BUYER_AR = Party("شركة النيل للتجارة", ("طريق الحرية",), "الإسكندرية", "21500", "EG", "204829305")
LINES = (
    Line("Business plan", Decimal(1), Decimal(29_000), 2_900, 26_100, (date(2026, 3, 1), date(2026, 3, 31))),
    Line("Additional users", Decimal(3), Decimal(4_500), 0, 13_500),
    Line("Messages", Decimal(1_200), Decimal("0.85"), 0, 1_020),
)


def invoice(*taxes: tuple[str, str, str], lines: tuple[Line, ...] = LINES, **changes: Any) -> InvoiceDocument:
    """`taxes`: category, rate and reason of all lines, or of those that name them; reverse charge if none."""
    subtotal = sum(each.amount for each in lines)
    totals = []
    for category, rate, reason in taxes or (("AE", "0", "reverse_charge"),):
        base = sum(each.amount for each in lines if each.tax_category in {None, category})
        tax = int((base * Decimal(rate) / 100).quantize(Decimal(1), ROUND_HALF_UP))
        totals.append(TaxTotal(category, Decimal(rate), base, tax, reason))
    tax = sum(each.tax for each in totals)
    values = {
        "kind": "invoice", "number": "INV-2026-00042", "currency": "EUR", "language": "en",
        "issued_at": datetime(2026, 3, 1, 12, tzinfo=UTC), "due_on": date(2026, 3, 15), "seller": SELLER,
        "buyer": BUYER, "lines": lines, "taxes": tuple(totals), "subtotal": subtotal, "tax": tax,
        "total": subtotal + tax, "paid": 0, "notes": ("Thank you.",), "payment": (("IBAN", "DE02120300000000202051"),),
        "pay_url": "https://serai.test/pay/inv_1",
    }  # fmt: skip
    values |= changes
    values.setdefault("due", values["total"] - values["paid"])
    return InvoiceDocument(**values)


def arabic(**changes: Any) -> InvoiceDocument:
    values = {"language": "ar", "currency": "EGP", "seller": SELLER_AR, "buyer": BUYER_AR} | changes
    return invoice(("S", "14", "domestic"), **values)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All pages, without the marks at which words may break."""
    return "\n".join(page.extract_text() for page in read(pdf).pages).replace("\u200b", "")

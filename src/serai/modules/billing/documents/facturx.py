"""Machine-readable invoices: EN 16931 data embedded in the PDF (Factur-X / ZUGFeRD, level EN 16931)."""

import re
from datetime import UTC

from babel.numbers import get_currency_precision

from serai.kit.i18n import format_date, use_locale
from serai.modules.billing.documents.model import InvoiceDocument

_LEVEL = "en16931"
_PDF_TIME = re.compile(rb"(D(?::|\\072))\d{14}")  # the colon may be written as \\072
_XMP_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=\+00:00)")
_WITH_VAT_NUMBER = {"S", "Z", "E", "AE", "G"}


def obstacles(document: InvoiceDocument) -> list[str]:
    """Why the norm cannot hold this document; empty when it can. Such a PDF carries no data."""
    seller, buyer = document.seller, document.buyer
    categories = {each.category for each in document.taxes}
    found = (
        (get_currency_precision(document.currency) > 2, "EN 16931 knows two decimals, this currency more"),
        (not document.lines, "there are no lines"),
        (not document.taxes, "there is no tax category"),
        (not seller.country or not buyer.country, "seller and buyer need a country"),
        (categories & _WITH_VAT_NUMBER and not seller.tax_number, "the seller has no VAT number"),
        ("AE" in categories and not buyer.tax_number, "reverse charge needs the buyer's VAT number"),
        ("O" in categories and len(categories) > 1, "taxed and untaxable lines cannot stand together"),
        ("O" in categories and not (seller.tax_number or seller.registration), "the seller has no number"),
        (any(t.category == "S" and t.rate <= 0 for t in document.taxes), "a standard rate is above zero"),
    )
    return [why for is_so, why in found if is_so]


def embed(pdf: bytes, document: InvoiceDocument, heading: str) -> bytes:
    """The PDF with its data; the library checks them against the norm's schema."""
    import facturx

    from serai.modules.billing.documents import cii

    with use_locale(document.language):
        subject = format_date(document.issued_at.date())
    made: bytes = facturx.generate_from_binary(
        pdf, cii.build(document), flavor="factur-x", level=_LEVEL, check_xsd=True, check_schematron=False,
        lang=document.language, afrelationship="alternative", xmp_compression=False,
        pdf_metadata={
            "author": cii.plain(document.seller.name), "keywords": "Factur-X",
            "title": f"{heading} {cii.plain(document.number)}", "subject": subject,
        },
    )  # fmt: skip
    return _timeless(made, document)


def _timeless(pdf: bytes, document: InvoiceDocument) -> bytes:
    """The library stamps the present time, and asks viewers to show attachments. The same document shall
    give the same bytes: both are replaced in place, at the same length."""
    moment = document.issued_at.astimezone(UTC)
    pdf = _PDF_TIME.sub(rb"\g<1>" + moment.strftime("%Y%m%d%H%M%S").encode(), pdf)
    pdf = _XMP_TIME.sub(moment.strftime("%Y-%m-%dT%H:%M:%S").encode(), pdf)
    return pdf.replace(b"/PageMode /UseAttachments", b"/PageMode /UseNone       ")

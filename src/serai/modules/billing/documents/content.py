"""What stands on an invoice or credit note, in words: the template only lays it out."""

from typing import Any

from serai.kit.i18n import _, direction, format_date
from serai.modules.billing.documents import qr
from serai.modules.billing.documents.checks import tax_of
from serai.modules.billing.documents.model import InvoiceDocument, Line, TaxTotal
from serai.modules.billing.documents.parties import block
from serai.modules.billing.documents.texts import clean, cleaned, money, percent, period, quantity
from serai.modules.billing.tax import reason_text

# Where the law wants the words "tax invoice".
_TAX_INVOICE = {"SA", "AE", "BH", "OM", "EG"}


def content_of(document: InvoiceDocument) -> dict[str, Any]:
    """JSON for the template, in the present locale."""
    code = qr.text_of(document)
    return {
        **frame(document.language, title(document), clean(document.number)),
        "facts": _facts(document),
        "seller": block(document.seller),
        "buyer": block(document.buyer),
        "from": _("Issued by"),
        "to": _("Billed to"),
        "amount": money(document.due if _is_open(document) else document.total, document.currency),
        "status": _status(document),
        "pay": {"url": document.pay_url, "label": _("Pay online")} if _is_payable(document) else None,
        **_table(document),
        "totals": _totals(document),
        "taxes": _taxes(document),
        "payment": {
            "title": _("How to pay"),
            "rows": [cleaned(each) for each in document.payment] if _is_open(document) else [],
        },
        "notes": cleaned(document.notes),
        "qr": {"svg": qr.svg(code), "label": _qr_label(document)} if code else None,
    }


def frame(language: str, heading: str, subject: str) -> dict[str, Any]:
    """What every document needs."""
    return {
        "lang": language, "dir": direction(), "title": heading, "subject": subject,
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }  # fmt: skip


def title(document: InvoiceDocument) -> str:
    if document.kind == "credit_note":
        return _("Credit note")
    is_tax_invoice = document.seller.tax_number and document.seller.country in _TAX_INVOICE
    return _("Tax invoice") if is_tax_invoice else _("Invoice")


def _is_open(document: InvoiceDocument) -> bool:
    return document.kind == "invoice" and document.due > 0


def _is_payable(document: InvoiceDocument) -> bool:
    return _is_open(document) and (document.pay_url or "").startswith(("https://", "http://"))


def _facts(document: InvoiceDocument) -> list[list[str]]:
    facts = [
        [_("Number"), clean(document.number)],
        [_("Date of issue"), format_date(document.issued_at.date())],
    ]
    if document.of_number:
        facts.append([_("Corrects invoice"), clean(document.of_number)])
    if document.due_on and document.kind == "invoice":
        facts.append([_("Due date"), format_date(document.due_on)])
    return facts


def _status(document: InvoiceDocument) -> str:
    if document.kind == "credit_note":
        return _("Credited to you")
    if not _is_open(document):
        return _("Nothing is left to pay")
    if document.due_on:
        return _("Due on %(date)s", date=format_date(document.due_on))
    return _("Due on receipt")


def _table(document: InvoiceDocument) -> dict[str, Any]:
    """Columns that would say nothing are left out."""
    has_discounts = any(each.discount for each in document.lines)
    has_taxes = len(document.taxes) > 1
    columns = [_("Description"), _("Quantity"), _("Unit price")]
    columns += [_("Discount")] * has_discounts + [_("Tax")] * has_taxes + [_("Amount")]
    rows = [_row(document, each, has_discounts, has_taxes) for each in document.lines]
    return {"columns": columns, "rows": rows}


def _row(document: InvoiceDocument, line: Line, has_discounts: bool, has_taxes: bool) -> dict[str, Any]:
    cells = [quantity(line.quantity), money(line.unit_amount, document.currency)]
    if has_discounts:
        cells.append(money(-line.discount, document.currency) if line.discount else "")
    if has_taxes:
        tax = tax_of(document, line)
        cells.append(percent(tax.rate) if tax.category == "S" else _tax_name(tax))
    cells.append(money(line.amount, document.currency))
    return {
        "text": clean(line.description), "period": period(line.period) if line.period else "", "cells": cells,
    }  # fmt: skip


def _totals(document: InvoiceDocument) -> list[dict[str, Any]]:
    credited = document.total - document.paid - document.due
    rows = [
        (_("Subtotal"), document.subtotal, False, True),
        (_("Tax"), document.tax, False, bool(document.taxes)),
        (_("Total"), document.total, True, True),
        (_("Paid"), -document.paid, False, bool(document.paid)),
        (_("Credited"), -credited, False, document.kind == "invoice" and bool(credited)),
        (_("Amount due"), document.due, True, document.kind == "invoice"),
    ]
    return [
        {"label": label, "value": money(amount, document.currency), "strong": strong}
        for label, amount, strong, shown in rows
        if shown
    ]


def _taxes(document: InvoiceDocument) -> dict[str, Any]:
    rows = [
        {
            "name": _tax_name(each),
            "reason": clean(reason_text(each.reason)),
            "base": money(each.base, document.currency),
            "tax": money(each.tax, document.currency),
        }
        for each in document.taxes
    ]
    return {"columns": [_("Tax"), _("Net amount"), _("Tax amount")], "rows": rows}


def _tax_name(tax: TaxTotal) -> str:
    names = {
        "Z": _("Zero-rated"), "E": _("Exempt"), "AE": _("Reverse charge"), "G": _("Export"),
        "O": _("Not subject to VAT"),
    }  # fmt: skip
    return names.get(tax.category) or _("VAT %(rate)s", rate=percent(tax.rate))


def _qr_label(document: InvoiceDocument) -> str:
    return _("Scan to pay") if document.seller.country != "SA" else _("For the tax authority")

"""Invoices and credit notes."""

from serai.modules.billing.invoices import crediting, issuing, queries, reading, settling
from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.invoices.reading import InvoiceDetail
from serai.modules.billing.invoices.wording import wording

__all__ = [
    "Invoice", "InvoiceDetail", "InvoiceLine", "LineDraft", "crediting", "issuing", "queries", "reading",
    "settling", "wording",
]  # fmt: skip

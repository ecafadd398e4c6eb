"""Invoices and credit notes."""

from serai.modules.billing.invoices import crediting, issuing, queries, settling
from serai.modules.billing.invoices.models import Invoice, InvoiceLine

__all__ = ["Invoice", "InvoiceLine", "crediting", "issuing", "queries", "settling"]

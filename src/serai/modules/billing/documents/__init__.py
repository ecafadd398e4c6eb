"""Invoices, credit notes and statements as documents: plain data in, PDF out. Blocking: call these
through `asyncio.to_thread`, outside of any transaction."""

from serai.modules.billing.documents.facturx import obstacles
from serai.modules.billing.documents.model import (
    InvoiceDocument,
    Line,
    Party,
    StatementDocument,
    StatementLine,
    TaxTotal,
)
from serai.modules.billing.documents.pdf import render_invoice, render_statement

__all__ = [
    "InvoiceDocument",
    "Line",
    "Party",
    "StatementDocument",
    "StatementLine",
    "TaxTotal",
    "obstacles",
    "render_invoice",
    "render_statement",
]

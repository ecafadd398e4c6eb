"""Mail invoices and credit notes, each with its document."""

from typing import Any

from serai.contracts.mail import Attachment
from serai.kit import clock, events
from serai.kit.actor import SYSTEM
from serai.kit.db import Database, Session
from serai.modules import notifications
from serai.modules.billing.documents import InvoiceDocument
from serai.modules.billing.invoices import invoice_documents
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.notifications.reader import PAGE, reader_of
from serai.modules.billing.payments import queries as payment_queries


async def mail_invoice(database: Database, public_url: str, invoice_id: str) -> None:
    """With its PDF, once."""
    async with database.transaction() as session:
        document = await invoice_documents.document_of(session, SYSTEM, invoice_id, public_url)
    content = await invoice_documents.pdf(document)
    async with database.transaction() as session:
        await _tell_invoice(session, invoice_id, document, content)


async def _tell_invoice(session: Session, invoice_id: str, document: InvoiceDocument, content: bytes) -> None:
    invoice = await invoice_queries.locked(session, invoice_id)
    if invoice.emailed_at is not None:
        return
    invoice.emailed_at = clock.now()
    reader = await reader_of(session, invoice.account_id)
    await events.publish(
        session, SYSTEM, f"billing.{invoice.kind}_issued", invoice.id, invoice.account_id,
        number=invoice.number, total=invoice.total, currency=invoice.currency,
    )  # fmt: skip
    if reader is None:
        return
    context: dict[str, Any] = {
        "number": invoice.number, "amount": invoice.total, "currency": invoice.currency,
        "link": f"{PAGE}/invoices/{invoice.id}",
    }  # fmt: skip
    if invoice.kind == "credit_note":
        context |= {"of_number": document.of_number}
    else:
        due_on = document.due_on.isoformat() if document.due_on and document.due else None
        methods = await payment_queries.methods(session, invoice.account_id)
        context |= {"due_on": due_on, "automatic": bool(methods) or not document.due}
    attachment = Attachment(f"{invoice.number}.pdf", "application/pdf", content)
    await notifications.mail(
        session, f"{invoice.kind}_issued", reader.email, language=invoice.language,
        account_id=invoice.account_id, attachments=[attachment], **context,
    )  # fmt: skip

"""Staff give an invoice up: nobody will pay it, and nobody is asked any more."""

from serai.kit import clock, events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Invalid
from serai.kit.i18n import _
from serai.modules.billing import policy
from serai.modules.billing.errors import InvoiceNotFound
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices import settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.payments import queries
from serai.modules.billing.subscriptions import payment_status


async def write_off(session: Session, actor: Actor, invoice_id: str, reason: str) -> Invoice:
    """What is due becomes a loss; paid after all, it is none any more. What stood still for it goes on.

    Raises InvoiceNotFound, Invalid without a reason, Conflict when nothing is open or a payment is under way.
    """
    policy.REFUND.require(actor)
    if not reason.strip():
        text = _("Write why: it stands in the audit log.")
        raise Invalid(text, fields={"reason": text})
    if await invoice_queries.find(session, actor, invoice_id) is None:
        raise InvoiceNotFound(_("There is no invoice %(name)s.", name=invoice_id))
    invoice = await invoice_queries.locked(session, invoice_id)
    if not invoice.can_be_written_off:
        raise Conflict(_("Only an open invoice can be written off."))
    if await queries.under_way(session, invoice.id) is not None:
        raise Conflict(_("A payment for it is under way. Wait until it has ended."))
    due = invoice.due
    at = clock.now()
    await settling.write_off(session, invoice, at)
    await payment_status.settled(session, invoice, at)
    await events.publish(
        session, actor, "billing.invoice_written_off", invoice.id, invoice.account_id, amount=due,
        currency=invoice.currency, number=invoice.number, reason=reason.strip()[:200],
    )  # fmt: skip
    return invoice

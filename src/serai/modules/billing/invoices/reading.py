"""Read invoices, as whoever asks may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing import policy
from serai.modules.billing.invoices import queries
from serai.modules.billing.invoices.invoice_documents import find
from serai.modules.billing.invoices.models import Invoice, InvoiceLine


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """`of`: the invoice that a credit note takes something back of. `subscriptions`: whose lines are on it."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    credit_notes: Sequence[Invoice]
    of: Invoice | None
    subscriptions: Sequence[str]


async def detail(session: Session, actor: Actor, reference: str) -> InvoiceDetail:
    """By id or number. Raises InvoiceNotFound."""
    found = await find(session, actor, reference)
    return InvoiceDetail(
        invoice=found,
        lines=(await queries.lines(session, [found.id])).get(found.id, []),
        credit_notes=await queries.credit_notes(session, found.id),
        of=await find(session, actor, found.of_invoice_id) if found.of_invoice_id else None,
        subscriptions=await queries.subscriptions_of(session, found.id),
    )


async def page(
    session: Session,
    actor: Actor,
    *,
    account_id: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    search: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Invoice]:
    """Issued ones, newest first, older than the invoice `before`."""
    policy.READ.require(actor, account_id=account_id or actor.account_id)
    return await queries.page(
        session, actor, account_id=account_id, state=state, kind=kind, search=search, since=since,
        until=until, before=before, limit=limit,
    )  # fmt: skip


async def newest_of(
    session: Session, actor: Actor, subscription_id: str, limit: int
) -> list[Invoice]:
    """The newest ones with a line of that subscription."""
    ids = (await queries.of_subscription(session, subscription_id))[-limit:]
    return [await find(session, actor, each) for each in reversed(ids)]


async def owed_by(session: Session, actor: Actor, account_id: str) -> Sequence[Invoice]:
    """Open ones, oldest first."""
    policy.READ.require(actor, account_id=account_id)
    return await queries.open_of_account(session, account_id)

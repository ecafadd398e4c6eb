"""Give back what was invoiced: credit notes, which first lower what is still owed, then fill the wallet."""

from collections.abc import Sequence
from datetime import datetime

from serai.kit import ids
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import issuing, queries
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import Place
from serai.modules.billing.profiles import queries as profile_queries


async def credit(
    session: Session,
    invoice_id: str,
    lines: Sequence[LineDraft],
    at: datetime,
    *,
    reason: str,
    key: str | None = None,
    net: bool = False,
) -> Invoice:
    """Issue a credit note of these (positive) lines, which are `net` or as prices are quoted. What of it was paid already goes into the wallet.

    Raises Invalid when more would be credited than was invoiced.
    """
    invoice = await queries.locked(session, invoice_id)
    wanted = InvoiceDraft(
        key=key or f"credit/{ids.new('crd')}", account_id=invoice.account_id, currency=invoice.currency,
        reason=reason, lines=tuple(lines), kind="credit_note", like=invoice, net=net,
    )  # fmt: skip
    note = (await issuing.draft(session, [wanted], at))[wanted.key]
    if note.state != "draft":
        return note
    if invoice.number is None or note.total > invoice.total - invoice.credited:
        left = Money(invoice.total - invoice.credited, invoice.currency)
        raise Invalid(
            _("Only %(left)s of this invoice can still be credited.", left=f"{left.decimal} {left.currency}")
        )
    await issuing.issue(session, [note], at)
    await _settle(session, invoice, note, at)
    return note


async def _settle(session: Session, invoice: Invoice, note: Invoice, at: datetime) -> None:
    less_owed = min(note.total, invoice.due)
    back = note.total - less_owed
    invoice.credited += note.total
    invoice.returned += back
    if invoice.due == 0 and invoice.state == "open":
        invoice.state, invoice.settled_at, invoice.collect_at = "paid", at, None
    note.paid = note.total
    if back:
        wallet = Place("wallet", invoice.account_id)
        await ledger.post(
            session,
            ledger.between(
                Place("receivable", invoice.account_id), wallet, Money(back, invoice.currency),
                key=f"{note.id}/to_wallet", kind="credit_to_wallet", account_id=invoice.account_id,
                subject=note.id, at=at,
            ),
        )  # fmt: skip
    await session.flush()


async def as_they_were_charged(
    session: Session, subscription_id: str, unused: Sequence[LineDraft]
) -> dict[str, list[LineDraft]]:
    """Lines below zero as lines of credit notes, by the invoice each item was charged on; where that has
    not enough left (part of it was itself set off against something), on the ones before it."""
    charged_on = await queries.newest_charges(session, subscription_id, [u.item_id or "" for u in unused])
    invoices = await queries.with_subscription(session, subscription_id)
    sellers = await profile_queries.entities(session)
    room = {each.id: _room(each, inclusive=sellers[each.legal_entity_id].tax_inclusive) for each in invoices}
    found: dict[str, list[LineDraft]] = {}
    for line in unused:
        left = -line.gross
        first = charged_on.get(line.item_id or "")
        for invoice_id in sorted(room, key=lambda each: (each == first, each), reverse=True):
            part = min(left, room[invoice_id])
            if part > 0:
                found.setdefault(invoice_id, []).append(_turned(line, part))
                room[invoice_id] -= part
                left -= part
    return found


def _room(invoice: Invoice, *, inclusive: bool) -> int:
    """What can still be credited of it, as prices are quoted: with the tax in it, or without."""
    left = invoice.total - invoice.credited
    return left if inclusive or not invoice.total else left * invoice.subtotal // invoice.total


def _turned(line: LineDraft, amount: int) -> LineDraft:
    return LineDraft(
        kind=line.kind, text=line.text, gross=amount, subscription_id=line.subscription_id,
        item_id=line.item_id, product_id=line.product_id, package_id=line.package_id, period=line.period,
    )

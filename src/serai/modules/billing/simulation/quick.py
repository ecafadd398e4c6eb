"""Payments that succeed at the first attempt, hundreds in one transaction.

The same rows and transfers that collecting one by one leads to; whatever is in dunning, or fails, is left
to the real thing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from serai.kit import clock, ids
from serai.kit.db import Session
from serai.modules.billing import ledger
from serai.modules.billing.invoices import settling
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments.models import Payment, PaymentMethod
from serai.modules.billing.simulation.gateway import KEY, SimulatedGateways


async def collect_quickly(gateways: SimulatedGateways, limit: int) -> int:
    """How many invoices were paid."""
    at = clock.now()
    async with gateways.database.transaction() as session:
        found = [
            (invoice, method_id)
            for invoice, method_id in await _collectable(session, at, limit)
            if gateways.payers.of(invoice.account_id).works(at)
        ]
        if not found:
            return 0
        rows = [_payment(invoice, method_id, at) for invoice, method_id in found]
        source = LedgerAccountKey("gateway_clearing", party=KEY)
        await ledger.post(session, *(
            settling.payment(
                invoice, source, invoice.due, at, key=f"{row['id']}/invoice", subject=row["id"]
            )
            for (invoice, _method), row in zip(found, rows, strict=True)
        ))  # fmt: skip
        await session.execute(insert(Payment), rows)
        for invoice, _method in found:
            settling.mark_paid(invoice, invoice.due, at)
    return len(found)


async def _collectable(session: Session, at: datetime, limit: int) -> list[tuple[Invoice, str]]:
    """Invoices of accounts that owe nothing else, with the way to pay; those that use their wallet have
    used it when these were issued."""
    other = aliased(Invoice)
    owes = select(other.id).where(
        other.account_id == Invoice.account_id, other.state == "open", other.dunning_since.is_not(None)
    )
    query = (
        select(Invoice, PaymentMethod.id)
        .join(PaymentMethod, (PaymentMethod.account_id == Invoice.account_id)
              & PaymentMethod.is_default & (PaymentMethod.state == "active"))
        .where(Invoice.collect_at <= at, Invoice.state == "open", Invoice.kind == "invoice", ~owes.exists())
        .order_by(Invoice.collect_at)
        .limit(limit)
        .with_for_update(of=Invoice, key_share=True)
    )  # fmt: skip
    return [(invoice, method_id) for invoice, method_id in (await session.execute(query)).all()]


def _payment(invoice: Invoice, method_id: str, at: datetime) -> dict[str, Any]:
    payment_id = ids.new("pay")
    return {
        "id": payment_id, "account_id": invoice.account_id, "key": f"{invoice.id}/collect/{at.isoformat()}",
        "gateway": KEY, "method_id": method_id, "purpose": "invoice", "invoice_id": invoice.id,
        "currency": invoice.currency, "amount": invoice.due, "refunded": 0, "fee": None,
        "state": "succeeded", "reference": payment_id, "off_session": True, "save_method": False,
        "redirect_url": None, "return_path": "", "details": {}, "error": None, "error_code": None,
        "checks": 0, "next_check_at": None, "created_at": at, "settled_at": at,
    }  # fmt: skip

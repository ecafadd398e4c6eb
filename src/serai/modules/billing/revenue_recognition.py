"""Revenue is earned day by day: what was invoiced ahead moves from owed to earned as time goes by."""

from datetime import datetime
from fractions import Fraction

from serai.kit import clock
from serai.kit.db import Database, Session
from serai.modules.billing import ledger
from serai.modules.billing.invoices import queries
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.ledger import LedgerAccountKey, Transfer

_BATCH = 500


async def recognise_all(database: Database) -> int:
    """Bring every line up to now; how many moved. May be repeated, and be late by months."""
    moved, after = 0, ("", 0)
    while True:
        async with database.transaction() as session:
            rows = await queries.unearned(session, clock.now(), _BATCH, after)
            moved += await _recognise(session, [(line, invoice) for line, invoice in rows])
        if len(rows) < _BATCH:
            return moved
        last = rows[-1][0]
        after = (last.invoice_id, last.position)


async def _recognise(session: Session, rows: list[tuple[InvoiceLine, Invoice]]) -> int:
    at, transfers, moved = clock.now(), [], 0
    for line, invoice in rows:
        target = earned(line, at)
        step = target - line.recognised
        if not step:
            continue
        sign = -1 if invoice.kind == "credit_note" else 1
        transfers.append(_transfer(line, invoice, sign * step, target, at))
        line.recognised = target
        moved += 1
    await ledger.post(session, *transfers)
    await session.flush()
    return moved


def earned(line: InvoiceLine, at: datetime) -> int:
    """Straight along the line's time, by whole days; all of it at its end."""
    start, end = line.period_start, line.period_end
    if start is None or end is None or at >= end:
        return line.amount
    if at <= start:
        return 0
    days = (end - start).days or 1
    share = Fraction(min((at - start).days, days), days)
    return int(line.amount * share)


def _transfer(line: InvoiceLine, invoice: Invoice, step: int, target: int, at: datetime) -> Transfer:
    party = line.product_id
    return Transfer(
        key=f"{line.invoice_id}/{line.position}/earned/{target}", kind="earned", currency=invoice.currency,
        legs=((LedgerAccountKey("deferred_revenue", party=party), step), (LedgerAccountKey("revenue", party=party), -step)),
        subject=invoice.id, at=at,
    )  # fmt: skip

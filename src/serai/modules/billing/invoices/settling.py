"""An invoice is paid, in parts or whole: the books and the invoice move together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serai.kit.db import Session
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.invoices import queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.ledger import LedgerAccountKey, Transfer


@dataclass(frozen=True, slots=True)
class Settled:
    """`amount`: what was taken. `whole`: nothing is due any more."""

    amount: int
    whole: bool


async def pay(
    session: Session, invoice_id: str, source: LedgerAccountKey, amount: int, at: datetime, *, key: str, subject: str
) -> Settled:
    """Pay from `source` (a gateway's clearing account, the bank) what is due, at most `amount`."""
    invoice = await queries.locked(session, invoice_id)
    taken = min(amount, invoice.due) if invoice.state in {"open", "uncollectible"} else 0
    if taken <= 0:
        return Settled(0, invoice.due == 0)
    await ledger.post(session, payment(invoice, source, taken, at, key=key, subject=subject))
    mark_paid(invoice, taken, at)
    await session.flush()
    return Settled(taken, invoice.due == 0)


async def pay_from_wallets(session: Session, invoices: Sequence[Invoice], at: datetime) -> list[Invoice]:
    """Whatever wallets hold goes to these open invoices; which of them were touched. The invoices must be
    this transaction's own, or locked."""
    touched = []
    for currency in sorted({each.currency for each in invoices}):
        group = [
            each for each in invoices if each.currency == currency and each.state == "open" and each.due > 0
        ]
        wanted = await _from_wallets(session, group, currency, at)
        if wanted and not await ledger.post_or_not(session, *(transfer for _invoice, transfer, _amount in wanted)):
            # One of the wallets was spent from meanwhile, which must not be the others' loss.
            wanted = [each for each in wanted if await ledger.post_or_not(session, each[1])]
        for invoice, _transfer, amount in wanted:
            mark_paid(invoice, amount, at)
            touched.append(invoice)
    if touched:
        await session.flush()
    return touched


async def _from_wallets(
    session: Session, invoices: Sequence[Invoice], currency: str, at: datetime
) -> list[tuple[Invoice, Transfer, int]]:
    """What to take for each, as far as the wallets go now."""
    places = [LedgerAccountKey("wallet", account) for account in sorted({each.account_id for each in invoices})]
    balances = await ledger.queries.balances(session, places, currency) if places else {}
    wanted = []
    for invoice in invoices:
        place = LedgerAccountKey("wallet", invoice.account_id)
        amount = min(balances.get(place, 0), invoice.due)
        if amount <= 0:
            continue
        balances[place] -= amount
        key = f"{invoice.id}/wallet/{invoice.paid}"
        wanted.append((invoice, payment(invoice, place, amount, at, key=key, subject=invoice.id), amount))
    return wanted


async def write_off(session: Session, invoice: Invoice, at: datetime) -> None:
    """Nobody will pay it: what is due is a loss."""
    amount = invoice.due
    invoice.state, invoice.collect_at = "uncollectible", None
    if amount:
        await ledger.post(
            session,
            ledger.between(
                LedgerAccountKey("write_offs"), LedgerAccountKey("receivable", invoice.account_id),
                Money(amount, invoice.currency), key=f"{invoice.id}/written_off", kind="write_off",
                account_id=invoice.account_id, subject=invoice.id, at=at,
            ),
        )  # fmt: skip
    await session.flush()


def payment(
    invoice: Invoice, source: LedgerAccountKey, amount: int, at: datetime, *, key: str, subject: str
) -> Transfer:
    """An invoice that was written off is a loss no more as far as it is paid after all."""
    owed = (
        LedgerAccountKey("write_offs") if invoice.state == "uncollectible" else LedgerAccountKey("receivable", invoice.account_id)
    )
    return ledger.between(
        source, owed, Money(amount, invoice.currency), key=key, kind="payment",
        account_id=invoice.account_id, subject=subject, at=at, memo={"invoice": invoice.number},
    )  # fmt: skip


def mark_paid(invoice: Invoice, amount: int, at: datetime) -> None:
    invoice.paid += amount
    if invoice.due == 0:
        invoice.state, invoice.settled_at, invoice.collect_at = "paid", at, None

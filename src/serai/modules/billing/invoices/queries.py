"""Invoices' SQL. Reads begin from what the actor may see."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, text, update

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.billing.invoices.lines import LineDraft
from serai.modules.billing.invoices.models import BilledPeriod, Invoice, InvoiceLine
from serai.modules.billing.profiles.models import LegalEntity

ISSUED = ("open", "paid", "uncollectible")


def visible_to(actor: Actor) -> Select[tuple[Invoice]]:
    query = select(Invoice)
    return query if actor.is_platform else query.where(Invoice.account_id == actor.account_id)


async def find(session: Session, actor: Actor, reference: str) -> Invoice | None:
    """By id or by number."""
    query = visible_to(actor)
    column = Invoice.id if reference.startswith("inv_") else Invoice.number
    return (await session.execute(query.where(column == reference))).scalar_one_or_none()


async def locked(session: Session, invoice_id: str) -> Invoice:
    """Behind the subscriptions it is for: whoever changes these locks them first, and their invoices then."""
    await session.execute(_LOCK_SUBSCRIPTIONS, {"invoice": invoice_id})
    return await session.get_one(
        Invoice, invoice_id, with_for_update={"key_share": True}, populate_existing=True
    )


async def by_keys(session: Session, keys: Sequence[str]) -> dict[str, Invoice]:
    query = select(Invoice).where(Invoice.key.in_(keys))
    return {row.key: row for row in (await session.execute(query)).scalars()}


async def numbers(session: Session, invoice_ids: Sequence[str]) -> dict[str, str]:
    """Numbers by id, of those that have one."""
    query = select(Invoice.id, Invoice.number).where(Invoice.id.in_(invoice_ids), Invoice.number.is_not(None))
    return {key: str(number) for key, number in (await session.execute(query)).all()}


async def page(
    session: Session,
    actor: Actor,
    *,
    account_id: str | None,
    state: str | None,
    kind: str | None,
    search: str | None,
    since: datetime | None,
    until: datetime | None,
    before: str | None,
    limit: int,
) -> Sequence[Invoice]:
    """Issued ones, newest first."""
    query = visible_to(actor).where(Invoice.number.is_not(None)).order_by(Invoice.id.desc()).limit(limit)
    wanted = {"account_id": account_id, "state": state, "kind": kind}
    for name, value in wanted.items():
        query = query.where(getattr(Invoice, name) == value) if value else query
    query = query.where(Invoice.number.ilike(f"%{_literal(search)}%", escape="\\")) if search else query
    query = query.where(Invoice.issued_at >= since) if since else query
    query = query.where(Invoice.issued_at < until) if until else query
    query = query.where(Invoice.id < before) if before else query
    return (await session.execute(query)).scalars().all()


async def lines(session: Session, invoice_ids: Sequence[str]) -> dict[str, list[InvoiceLine]]:
    query = select(InvoiceLine).where(InvoiceLine.invoice_id.in_(invoice_ids))
    found: dict[str, list[InvoiceLine]] = {}
    for row in (await session.execute(query.order_by(InvoiceLine.position))).scalars():
        found.setdefault(row.invoice_id, []).append(row)
    return found


async def credit_notes(session: Session, invoice_id: str) -> Sequence[Invoice]:
    query = select(Invoice).where(Invoice.of_invoice_id == invoice_id).order_by(Invoice.id)
    return (await session.execute(query)).scalars().all()


async def open_of_account(
    session: Session, account_id: str, currency: str | None = None
) -> Sequence[Invoice]:
    """Oldest first."""
    query = select(Invoice).where(
        Invoice.account_id == account_id, Invoice.state == "open", Invoice.kind == "invoice"
    )
    query = query.where(Invoice.currency == currency) if currency else query
    return (await session.execute(query.order_by(Invoice.id))).scalars().all()


async def open_of_subscription(session: Session, subscription_id: str) -> Sequence[Invoice]:
    query = select(Invoice).where(
        Invoice.state == "open",
        Invoice.id.in_(select(InvoiceLine.invoice_id).where(InvoiceLine.subscription_id == subscription_id)),
    )
    return (await session.execute(query.order_by(Invoice.id))).scalars().all()


async def of_subscription(session: Session, subscription_id: str) -> Sequence[str]:
    """Ids of the issued invoices (no credit notes) with a line of it, oldest first."""
    query = (
        select(Invoice.id)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(
            InvoiceLine.subscription_id == subscription_id, Invoice.kind == "invoice",
            Invoice.number.is_not(None),
        )
        .distinct()
        .order_by(Invoice.id)
    )  # fmt: skip
    return (await session.execute(query)).scalars().all()


async def subscriptions_of(session: Session, invoice_id: str) -> Sequence[str]:
    query = select(InvoiceLine.subscription_id).where(InvoiceLine.invoice_id == invoice_id).distinct()
    return [each for each in (await session.execute(query)).scalars() if each]


async def newest_charges(session: Session, subscription_id: str, item_ids: Sequence[str]) -> dict[str, str]:
    """Item → the invoice it was charged on last."""
    query = (
        select(InvoiceLine.item_id, func.max(InvoiceLine.invoice_id))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.subscription_id == subscription_id, InvoiceLine.item_id.in_(item_ids),
            InvoiceLine.amount > 0, Invoice.kind == "invoice", Invoice.number.is_not(None),
        )
        .group_by(InvoiceLine.item_id)
    )  # fmt: skip
    return {str(item): invoice for item, invoice in (await session.execute(query)).all()}


async def of_running_period(session: Session, subscription_id: str) -> Sequence[Invoice]:
    """Issued invoices (no credit notes, none that was given up) of what was billed last, and since then,
    newest first."""
    last = (
        select(BilledPeriod.invoice_id, BilledPeriod.period_start)
        .where(BilledPeriod.subscription_id == subscription_id)
        .order_by(BilledPeriod.period_start.desc())
        .limit(1)
        .subquery()
    )
    of_it = select(InvoiceLine.invoice_id).where(InvoiceLine.subscription_id == subscription_id)
    query = (
        select(Invoice)
        .join(last, or_(Invoice.id == last.c.invoice_id, Invoice.issued_at >= last.c.period_start))
        .where(Invoice.id.in_(of_it), Invoice.kind == "invoice", Invoice.state.in_(("open", "paid")))
    )
    return (await session.execute(query.order_by(Invoice.id.desc()))).scalars().all()


async def charged_lines(session: Session, subscription_id: str) -> dict[str, list[LineDraft]]:
    """Invoice → its lines of this subscription, as lines of a credit note; nothing was credited before."""
    query = (
        select(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.subscription_id == subscription_id, Invoice.kind == "invoice",
            Invoice.number.is_not(None),
        )
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    )  # fmt: skip
    found: dict[str, list[LineDraft]] = {}
    for row in (await session.execute(query)).scalars():
        found.setdefault(row.invoice_id, []).append(line_again(row))
    return found


async def add(session: Session, invoices: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]) -> None:
    if invoices:
        await session.execute(insert(Invoice), list(invoices))
    if rows:
        await session.execute(insert(InvoiceLine), list(rows))


async def add_periods(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(BilledPeriod), list(rows))


async def move_draft(session: Session, invoice_id: str, span: tuple[datetime, datetime]) -> None:
    """The lines of an order are for the time from its payment on."""
    statement = update(InvoiceLine).where(
        InvoiceLine.invoice_id == invoice_id, InvoiceLine.period_start.is_not(None)
    )
    await session.execute(statement.values(period_start=span[0], period_end=span[1], recognised=0))


async def void_draft(session: Session, invoice_id: str) -> None:
    statement = update(Invoice).where(Invoice.id == invoice_id, Invoice.state == "draft")
    await session.execute(statement.values(state="void"))


async def draw_numbers(session: Session, entity_id: str, kind: str, count: int) -> tuple[str, int]:
    """(prefix, first of `count` numbers). The row stays locked until the commit: no gaps, no doubles."""
    column = LegalEntity.next_credit_note if kind == "credit_note" else LegalEntity.next_invoice
    statement = update(LegalEntity).where(LegalEntity.id == entity_id).values({column: column + count})
    statement = statement.execution_options(synchronize_session=False)
    row = (await session.execute(statement.returning(LegalEntity.prefix, column))).one()
    return row[0], row[1] - count


async def number(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Issue drafts: `rows` of id, number, sequence, state, issued_at, due_at, settled_at, collect_at."""
    names = ("id", "number", "sequence", "state", "issued_at", "due_at", "settled_at", "collect_at")
    await session.execute(_NUMBER, {name: [row[name] for row in rows] for name in names})


async def read_again(session: Session, invoice_ids: Sequence[str]) -> None:
    """Bring the rows that the session holds up to the tables."""
    query = select(Invoice).where(Invoice.id.in_(invoice_ids))
    (await session.execute(query.execution_options(populate_existing=True))).scalars().all()


async def collectable(
    session: Session, now: datetime, limit: int, *where: ColumnElement[bool]
) -> Sequence[str]:
    """Ids of invoices something is to be done about, longest due first."""
    query = select(Invoice.id).where(Invoice.collect_at <= now, *where)
    return (await session.execute(query.order_by(Invoice.collect_at).limit(limit))).scalars().all()


async def to_be_mailed(session: Session, limit: int, *where: ColumnElement[bool]) -> Sequence[str]:
    query = select(Invoice.id).where(Invoice.emailed_at.is_(None), Invoice.number.is_not(None), *where)
    return (await session.execute(query.order_by(Invoice.id).limit(limit))).scalars().all()


async def unearned(session: Session, now: datetime, limit: int, after: tuple[str, int]) -> Sequence[Any]:
    """(line, invoice) of issued invoices with something not yet earned, begun before `now`."""
    query = (
        select(InvoiceLine, Invoice)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.recognised != InvoiceLine.amount, Invoice.number.is_not(None),
            InvoiceLine.period_start < now,
            func.row(InvoiceLine.invoice_id, InvoiceLine.position) > func.row(*after),
        )
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
        .limit(limit)
        .with_for_update(of=InvoiceLine, skip_locked=True, key_share=True)
    )  # fmt: skip
    return (await session.execute(query)).all()


def line_again(row: InvoiceLine) -> LineDraft:
    """A line that was invoiced, to be credited whole."""
    start, end = row.period_start, row.period_end
    return LineDraft(
        kind="credit", text=row.text, gross=row.amount, quantity=Decimal(1), unit_amount=Decimal(row.amount),
        subscription_id=row.subscription_id, item_id=row.item_id, product_id=row.product_id,
        package_id=row.package_id, period=(start, end) if start and end else None,
    )  # fmt: skip


def _literal(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_LOCK_SUBSCRIPTIONS = text(
    """
    SELECT FROM subscriptions WHERE id IN (
        SELECT subscription_id FROM invoice_lines WHERE invoice_id = :invoice)
    ORDER BY id FOR NO KEY UPDATE
    """
)
_NUMBER = text(
    """
    UPDATE invoices i SET number = v.number, sequence = v.sequence, state = v.state,
           issued_at = v.issued_at, due_at = v.due_at, settled_at = v.settled_at, collect_at = v.collect_at
    FROM unnest(CAST(:id AS text[]), CAST(:number AS text[]), CAST(:sequence AS bigint[]),
                CAST(:state AS text[]), CAST(:issued_at AS timestamptz[]), CAST(:due_at AS timestamptz[]),
                CAST(:settled_at AS timestamptz[]), CAST(:collect_at AS timestamptz[]))
         AS v(id, number, sequence, state, issued_at, due_at, settled_at, collect_at)
    WHERE i.id = v.id
    """
)

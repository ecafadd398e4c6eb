"""How money looks from outside: amounts in minor units beside their currency."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.invoices.wording import wording
from serai.modules.billing.payments.models import Payment, PaymentMethod
from serai.modules.billing.subscriptions.models import SubscriptionEvent
from serai.modules.billing.subscriptions.quoting import Totals
from serai.modules.billing.subscriptions.state import State
from serai.modules.billing.usage.watching import Accrued
from serai.modules.billing.wallets import Balance


class ItemView(msgspec.Struct, frozen=True):
    id: str
    kind: str
    package: str
    package_id: str
    price_id: str
    quantity: int
    unit_amount: int


class SubscriptionView(msgspec.Struct, frozen=True):
    """`version` goes into a change, so that nothing is changed that was not seen."""

    id: str
    status: str
    version: int
    currency: str
    label: str
    launch_id: str | None
    items: tuple[ItemView, ...]
    unit: str
    count: int
    period_start: datetime | None
    period_end: datetime | None
    trial_end: datetime | None
    cancels_at_period_end: bool
    changes_at_period_end: bool
    resumes_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    created_at: datetime


class SubscriptionEventView(msgspec.Struct, frozen=True):
    version: int
    type: str
    at: datetime


class LineView(msgspec.Struct, frozen=True):
    text: str
    quantity: str
    unit_amount: str
    discount: int
    amount: int
    tax: int
    subscription_id: str | None
    period_start: datetime | None
    period_end: datetime | None


class InvoiceView(msgspec.Struct, frozen=True):
    id: str
    number: str | None
    kind: str
    state: str
    currency: str
    subtotal: int
    tax: int
    total: int
    paid: int
    credited: int
    due: int
    of_invoice_id: str | None
    issued_at: datetime | None
    due_at: datetime | None


class InvoiceDetail(msgspec.Struct, frozen=True):
    invoice: InvoiceView
    lines: tuple[LineView, ...]


class TotalsView(msgspec.Struct, frozen=True):
    currency: str
    lines: tuple[str, ...]
    discount: int
    subtotal: int
    tax: int
    total: int
    tax_rate: int


class PaymentView(msgspec.Struct, frozen=True):
    """`redirect_url`: where the payer goes on; `instructions`: what they do by themselves."""

    id: str
    state: str
    gateway: str
    purpose: str
    currency: str
    amount: int
    refunded: int
    invoice_id: str | None
    redirect_url: str | None
    instructions: dict[str, str]
    error: str | None
    created_at: datetime


class MethodView(msgspec.Struct, frozen=True):
    id: str
    gateway: str
    kind: str
    label: str
    expires: str | None
    is_default: bool
    state: str


class BalanceView(msgspec.Struct, frozen=True):
    currency: str
    available: int
    held: int
    credit_limit: int


class UsageCostView(msgspec.Struct, frozen=True):
    meter: str
    quantity: str
    amount: int


class UsageView(msgspec.Struct, frozen=True):
    """What the running period's usage costs by now; `capped`: it costs no more, whatever comes."""

    subscription_id: str
    since: datetime
    currency: str
    amount: int
    capped: bool
    costs: tuple[UsageCostView, ...]


def subscription_view(state: State) -> SubscriptionView:
    return SubscriptionView(
        id=state.id, status=state.status, version=state.version, currency=state.currency,
        label=state.label, launch_id=state.launch_id,
        items=tuple(
            ItemView(i.id, i.kind, i.package, i.package_id, i.price_id, i.quantity, i.price)
            for i in state.plan.items
        ),
        unit=state.plan.unit, count=state.plan.count, period_start=state.period_start,
        period_end=state.period_end, trial_end=state.trial_end,
        cancels_at_period_end=state.cancel_at_end, changes_at_period_end=state.pending is not None,
        resumes_at=state.resume_at, ended_at=state.ended_at, reason=state.reason,
        created_at=state.created_at,
    )  # fmt: skip


def event_view(row: SubscriptionEvent) -> SubscriptionEventView:
    return SubscriptionEventView(row.version, row.type, row.at)


def invoice_view(row: Invoice) -> InvoiceView:
    return InvoiceView(
        id=row.id, number=row.number, kind=row.kind, state=row.state, currency=row.currency,
        subtotal=row.subtotal, tax=row.tax, total=row.total, paid=row.paid, credited=row.credited,
        due=row.due if row.is_payable else 0,
        of_invoice_id=row.of_invoice_id, issued_at=row.issued_at, due_at=row.due_at,
    )  # fmt: skip


def invoice_detail(row: Invoice, lines: Sequence[InvoiceLine]) -> InvoiceDetail:
    return InvoiceDetail(
        invoice_view(row),
        tuple(
            LineView(
                wording(line.text), str(line.quantity), str(line.unit_amount), line.discount, line.amount,
                line.tax, line.subscription_id, line.period_start, line.period_end,
            )
            for line in lines
        ),
    )  # fmt: skip


def totals_view(totals: Totals) -> TotalsView:
    return TotalsView(
        totals.currency, tuple(wording(line.text) for line in totals.lines), totals.discount, totals.net,
        totals.tax, totals.total, totals.rate,
    )  # fmt: skip


def payment_view(row: Payment) -> PaymentView:
    return PaymentView(
        id=row.id, state=row.state, gateway=row.gateway, purpose=row.purpose, currency=row.currency,
        amount=row.amount, refunded=row.refunded, invoice_id=row.invoice_id,
        redirect_url=row.redirect_url, instructions=row.details.get("instructions", {}),
        error=row.error, created_at=row.created_at,
    )  # fmt: skip


def method_view(row: PaymentMethod) -> MethodView:
    return MethodView(row.id, row.gateway, row.kind, row.label, row.expires, row.is_default, row.state)


def balance_view(balance: Balance) -> BalanceView:
    return BalanceView(balance.currency, balance.available, balance.held, balance.limit)


def usage_view(found: Accrued) -> UsageView:
    parts = tuple(
        UsageCostView(cost.charge.meter_key, str(cost.quantity), cost.amount) for cost in found.costs
    )
    return UsageView(found.state.id, found.since, found.state.currency, found.amount, found.capped, parts)

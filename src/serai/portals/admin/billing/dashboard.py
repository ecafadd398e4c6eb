"""/admin/billing: what comes in every month, what moved it, and what each figure is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from serai.kit import clock
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing import dashboard_csv, labels
from serai.portals.admin.billing.common import (
    gateways_of,
    month_name,
    month_of,
    months_back,
    product_names,
    require_reader,
    shown,
    wants_csv,
)
from serai.portals.shared.access import database

router = APIRouter()
_MONTHS = 12
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the page tells, over all currencies."""

    months: Sequence[reports.Month]
    ageing: Sequence[reports.Aged]
    earned: Sequence[reports.Earned]
    cohorts: Sequence[reports.Cohort]
    cash: Sequence[reports.Cash]
    products: dict[str, str]

    @property
    def currencies(self) -> list[str]:
        """Where most subscriptions are, first."""
        active = {each.currency: each.active for each in self.months}
        found = {*active, *(a.currency for a in self.ageing), *(c.currency for c in self.cash)}
        return sorted(found, key=lambda each: (-active.get(each, 0), each))


@router.get("")
async def dashboard(request: Request, currency: str = "", table: str = "") -> Response:
    figures = await _read(request)
    if wants_csv(request):
        return dashboard_csv.file_of(table, figures)
    offered = figures.currencies
    chosen = currency if currency in offered else next(iter(offered), "")
    months = _since_the_first([each for each in figures.months if each.currency == chosen])
    ageing = [each for each in figures.ageing if each.currency == chosen]
    cash = [each for each in figures.cash if each.currency == chosen]
    gateways = gateways_of(request)
    return shown(
        request, "dashboard.html", currencies=offered, currency=chosen, months=months[::-1],
        now=months[-1] if months else None, before=months[-2] if len(months) > 1 else None,
        ageing=ageing[:_MOST_SHOWN], more_ageing=len(ageing) > _MOST_SHOWN,
        aged={bucket: sum(getattr(each, bucket) for each in ageing) for bucket in (*reports.BUCKETS, "total")},
        cash=cash, received=sum(each.net for each in cash), gateway_name=gateways.name_of,
        revenue=revenue_rows(figures.earned, chosen), products=figures.products, cohorts=figures.cohorts,
        chart=_chart(months), line=_line(months), month_name=month_name,
    )  # fmt: skip


@router.get("/movements")
async def movements(request: Request, month: str = "", currency: str = "USD", kind: str = "") -> Response:
    """What a month's figure is made of."""
    actor, day = require_reader(request), month_of(month)
    wanted = kind if kind in reports.KINDS else None
    async with database(request).transaction() as session:
        found = await reports.movements_of(session, actor, day, currency, wanted, 10_000)
        products = await product_names(session)
    if wants_csv(request):
        return dashboard_csv.movements(found, products)
    return shown(
        request, "movements.html", rows=found[:500], count=len(found), month=day, currency=currency, kind=wanted,
        products=products, total=sum(each.amount for each in found), month_name=month_name,
    )  # fmt: skip


@router.get("/owed")
async def owed(request: Request, account: str = "", currency: str = "", bucket: str = "") -> Response:
    """The invoices behind a figure of the ageing table."""
    actor = require_reader(request)
    chosen = bucket if bucket in reports.BUCKETS else None
    async with database(request).transaction() as session:
        found = await reports.owed(
            session, actor, account_id=account or None, currency=currency or None, bucket=chosen, limit=10_000
        )
    if wants_csv(request):
        return dashboard_csv.owed(found)
    return shown(request, "owed.html", rows=found[:500], count=len(found), account=account, bucket=chosen)


@router.get("/sold")
async def sold(request: Request, product: str = "", month: str = "", currency: str = "USD") -> Response:
    """The lines behind a product's revenue."""
    actor, day = require_reader(request), month_of(month)
    async with database(request).transaction() as session:
        found = await reports.sold(session, actor, day, currency, product, 10_000)
        products = await product_names(session)
    if wants_csv(request):
        return dashboard_csv.sold(found)
    return shown(
        request, "sold.html", rows=found[:500], count=len(found), month=day, currency=currency,
        product=products.get(product, product), total=sum(each.amount for each in found), wording=billing.invoices.wording,
        month_name=month_name,
    )  # fmt: skip


def revenue_rows(earned: Sequence[reports.Earned], currency: str) -> list[reports.Earned]:
    """Newest month first, then the product that earned most."""
    rows = [each for each in earned if each.currency == currency]
    return sorted(rows, key=lambda each: (each.month, each.earned), reverse=True)


async def _read(request: Request) -> Figures:
    actor, today = require_reader(request), clock.now().date()
    since = months_back(today, _MONTHS - 1)
    async with database(request).transaction() as session:
        return Figures(
            months=await reports.recurring(session, actor, since, today),
            ageing=await reports.ageing(session, actor),
            earned=await reports.earned(session, actor, since, today),
            cohorts=await reports.cohorts(session, actor, since, today),
            cash=await reports.cash(session, actor, today.replace(day=1), today),
            products=await product_names(session),
        )


def _since_the_first(months: Sequence[reports.Month]) -> list[reports.Month]:
    """Without the months before anything was sold."""
    begun = (n for n, each in enumerate(months) if each.mrr or any(getattr(each, k) for k in reports.KINDS))
    return list(months[next(begun, len(months)) :])


def _chart(months: Sequence[reports.Month]) -> dict[str, object]:
    """Whole units of the currency: what came above zero, what went below."""
    down = {"contraction", "churn"}
    series = [
        {"label": labels.said(labels.MOVES, kind),
         "data": [_major(-getattr(m, kind) if kind in down else getattr(m, kind), m.currency) for m in months]}
        for kind in reports.KINDS
    ]  # fmt: skip
    return {"labels": [month_name(m.month) for m in months], "series": series}


def _line(months: Sequence[reports.Month]) -> dict[str, object]:
    return {
        "labels": [month_name(m.month) for m in months],
        "data": [_major(m.mrr, m.currency) for m in months],
    }


def _major(amount: int, currency: str) -> float:
    return float(Money(amount, currency).decimal)

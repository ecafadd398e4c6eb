"""The dashboard's tables as files: all months, accounts and products, in every currency."""

from collections.abc import Sequence
from typing import Protocol

from fastapi import Response

from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import reports
from serai.portals.admin.billing.csv_files import csv_file


class Figures(Protocol):
    @property
    def months(self) -> Sequence[reports.Month]: ...
    @property
    def ageing(self) -> Sequence[reports.Aged]: ...
    @property
    def earned(self) -> Sequence[reports.Earned]: ...
    @property
    def cohorts(self) -> Sequence[reports.Cohort]: ...
    @property
    def cash(self) -> Sequence[reports.Cash]: ...
    @property
    def products(self) -> dict[str, str]: ...


def file_of(table: str, figures: Figures) -> Response:
    """`table`: ageing, revenue, cohorts, cash; anything else is the months."""
    makers = {"ageing": _ageing, "revenue": _revenue, "cohorts": _cohorts, "cash": _cash}
    return makers.get(table, _months)(figures)


def _months(figures: Figures) -> Response:
    header = ("month", "currency", *reports.KINDS, "mrr", "arr", "active")
    rows = [
        (each.month, each.currency, *(Money(getattr(each, kind), each.currency) for kind in reports.KINDS),
         Money(each.mrr, each.currency), Money(each.arr, each.currency), each.active)
        for each in figures.months
    ]  # fmt: skip
    return csv_file("recurring-revenue", header, rows)


def _ageing(figures: Figures) -> Response:
    header = ("account_id", "account", "currency", *reports.BUCKETS, "total")
    rows = [
        (each.account_id, each.account, each.currency,
         *(Money(getattr(each, name), each.currency) for name in (*reports.BUCKETS, "total")))
        for each in figures.ageing
    ]  # fmt: skip
    return csv_file("receivables", header, rows)


def _revenue(figures: Figures) -> Response:
    rows = [
        (each.month, each.currency, each.product_id, figures.products.get(each.product_id, ""),
         Money(each.earned, each.currency), Money(each.invoiced, each.currency))
        for each in figures.earned
    ]  # fmt: skip
    return csv_file("revenue", ("month", "currency", "product_id", "product", "earned", "invoiced"), rows)


def _cohorts(figures: Figures) -> Response:
    width = max((len(each.kept) for each in figures.cohorts), default=0)
    rows = [(each.month, each.size, *each.kept) for each in figures.cohorts]
    return csv_file("cohorts", ("month", "accounts", *(f"month_{n}" for n in range(width))), rows)


def _cash(figures: Figures) -> Response:
    rows = [
        (each.currency, each.gateway,
         *(Money(amount, each.currency) for amount in (each.received, each.refunded, each.fees, each.net)))
        for each in figures.cash
    ]  # fmt: skip
    return csv_file("cash", ("currency", "gateway", "received", "refunded", "fees", "net"), rows)


def movements(found: Sequence[reports.Movement], products: dict[str, str]) -> Response:
    rows = [
        (each.at, each.kind, Money(each.amount, each.currency), each.currency, each.subscription_id,
         each.account_id, each.account, products.get(each.product_id, each.product_id))
        for each in found
    ]  # fmt: skip
    header = ("at", "kind", "amount", "currency", "subscription_id", "account_id", "account", "product")
    return csv_file("movements", header, rows)


def owed(found: Sequence[reports.Owed]) -> Response:
    rows = [
        (each.number, each.account_id, each.account, each.currency, Money(each.due, each.currency),
         each.issued_at, each.due_at, each.days, each.dunning_since, each.tries, each.error, each.next_step,
         each.next_at)
        for each in found
    ]  # fmt: skip
    header = ("number", "account_id", "account", "currency", "due", "issued_at", "due_at", "days_overdue",
              "dunning_since", "tries", "error", "next_step", "next_at")  # fmt: skip
    return csv_file("owed", header, rows)


def sold(found: Sequence[reports.Sold]) -> Response:
    rows = [
        (each.number, each.issued_at, each.account_id, each.account, billing.invoices.wording(each.text), each.quantity,
         Money(each.amount, each.currency), Money(each.earned, each.currency), each.currency,
         each.period_start, each.period_end)
        for each in found
    ]  # fmt: skip
    header = ("invoice", "issued_at", "account_id", "account", "text", "quantity", "amount", "earned", "currency",
              "period_start", "period_end")  # fmt: skip
    return csv_file("lines", header, rows)

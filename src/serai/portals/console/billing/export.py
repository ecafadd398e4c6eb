"""Invoices and the wallet's movements as tables for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Self

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from serai.kit import clock
from serai.kit.money import Money
from serai.modules import billing
from serai.portals.console.billing.common import account_of, require_reader
from serai.portals.shared.access import acting, database

router = APIRouter()
_AT_ONCE = 500
_INVOICES = (
    "number", "kind", "state", "issued_at", "due_at", "currency", "subtotal", "tax", "total", "paid", "credited", "due",
)  # fmt: skip
_MOVEMENTS = ("at", "kind", "about", "currency", "amount")


@router.get("/invoices.csv")
async def invoices(request: Request) -> Response:
    require_reader(request)
    return _answer("invoices", _lines(_INVOICES, _invoices(request)))


@router.get("/wallet.csv")
async def movements(request: Request) -> Response:
    require_reader(request)
    return _answer("wallet", _lines(_MOVEMENTS, _movements(request)))


async def _invoices(request: Request) -> AsyncIterator[Iterable[object]]:
    before = None
    while True:
        async with database(request).transaction() as session:
            found = await billing.invoices.reading.page(
                session, acting(request), account_id=account_of(request), before=before, limit=_AT_ONCE
            )
        for each in found:
            amounts = (each.subtotal, each.tax, each.total, each.paid, each.credited, each.due)
            yield (
                each.number, each.kind, each.state, each.issued_at, each.due_at, each.currency,
                *(_Number(Money(amount, each.currency)) for amount in amounts),
            )  # fmt: skip
        if len(found) < _AT_ONCE:
            return
        before = found[-1].id


async def _movements(request: Request) -> AsyncIterator[Iterable[object]]:
    account = account_of(request)
    async with database(request).transaction() as session:
        balances = await billing.wallets.balances(session, acting(request), account)
    for currency in [each.currency for each in balances]:
        before = None
        while True:
            async with database(request).transaction() as session:
                found = await billing.wallets.movements(
                    session, acting(request), account, currency, before=before, limit=_AT_ONCE
                )
            for transfer, amount in found:
                yield transfer.at, transfer.kind, transfer.subject, currency, _Number(Money(amount, currency))
            if len(found) < _AT_ONCE:
                break
            before = found[-1][0].id


class _Number(str):
    """A number that may be below zero: no formula."""

    __slots__ = ()

    def __new__(cls, money: Money) -> Self:
        return super().__new__(cls, f"{money.decimal:f}")


async def _lines(head: Iterable[str], rows: AsyncIterator[Iterable[object]]) -> AsyncIterator[bytes]:
    """With a byte order mark, without which Excel takes Arabic for something else."""
    yield b"\xef\xbb\xbf" + _line(head)
    async for row in rows:
        yield _line(_cell(each) for each in row)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    # A spreadsheet would run these as formulas (OWASP: CSV injection).
    is_formula = not isinstance(value, _Number) and text.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{text}" if is_formula else text


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(list(cells))
    return out.getvalue().encode()


def _answer(name: str, body: AsyncIterator[bytes]) -> Response:
    file = f"{name}-{clock.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return StreamingResponse(body, media_type="text/csv; charset=utf-8", headers=headers)

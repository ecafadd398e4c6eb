"""/console/billing/statement: what the account owed, day by day, and as a PDF."""

import asyncio
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from serai.kit import clock
from serai.kit.i18n import LANGUAGES, get_locale
from serai.kit.money import Money
from serai.modules import billing
from serai.modules.billing import documents
from serai.portals.console.billing.common import account_of, day_of, require_reader, shown
from serai.portals.console.billing.invoices import pdf_answer
from serai.portals.shared.access import acting, database

router = APIRouter()
_USUAL = timedelta(days=90)


@router.get("/statement")
async def statement(request: Request, currency: str = "", since: str = "", until: str = "") -> Response:
    document, currencies = await _read(request, currency, since, until, get_locale())
    return shown(
        request, "statement.html", document=document, currencies=currencies,
        money=lambda amount: Money(amount, document.currency),
    )  # fmt: skip


@router.get("/statement.pdf")
async def pdf(
    request: Request, currency: str = "", since: str = "", until: str = "", language: str = ""
) -> Response:
    language = language if language in LANGUAGES else get_locale()
    document, _currencies = await _read(request, currency, since, until, language)
    content = await asyncio.to_thread(documents.render_statement, document)
    return pdf_answer(content, f"statement-{document.since}-{document.until}-{document.currency}")


async def _read(
    request: Request, currency: str, since: str, until: str, language: str
) -> tuple[documents.StatementDocument, list[str]]:
    """Of the last months when no days are given; the days that are given in the wrong order are turned."""
    require_reader(request)
    today: date = clock.now().date()
    days = sorted((day_of(since, today - _USUAL), day_of(until, today)))
    account = account_of(request)
    async with database(request).transaction() as session:
        known = await billing.invoice_documents.statement_currencies(session, acting(request), account)
        chosen = currency if currency in known else known[0]
        document = await billing.invoice_documents.statement_of(
            session, acting(request), account, chosen, days[0], days[1], language
        )
    return document, known

"""/admin/billing/payouts and /books: what gateways paid out against our own books, and the books themselves."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Request, Response

from serai.kit.errors import NotFound
from serai.kit.i18n import _, ngettext
from serai.kit.money import Money
from serai.modules import billing
from serai.portals.admin.billing import labels
from serai.portals.admin.billing.common import (
    HERE,
    cut,
    gateways_of,
    how_many,
    product_names,
    require_reader,
    shown,
    wants_csv,
)
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.shared.access import acting, back_to, database

router = APIRouter()
_CLEARING = "gateway_clearing"


@router.get("/payouts")
async def payouts(request: Request, cursor: str = "") -> Response:
    """With what is still to come of each gateway, as the books say."""
    actor = require_reader(request)
    async with database(request).transaction() as session:
        found = await billing.payments.reading.payouts(
            session, actor, before=cursor or None, limit=how_many(request)
        )
        balance = await billing.reports.books.trial_balance(session, actor)
    if wants_csv(request):
        return _file(found)
    rows, last = cut(found)
    return shown(
        request, "payouts.html", rows=rows, cursor=cursor, next_cursor=last.id if last else None,
        clearing=[each for each in balance if each.kind == _CLEARING], gateway_name=gateways_of(request).name_of,
    )  # fmt: skip


@router.post("/payouts/fetch")
async def fetch(request: Request) -> Response:
    """Ask every gateway now, instead of at its time."""
    billing.policy.APPROVE.require(acting(request))
    count = await billing.payments.reconciling.fetch_all(gateways_of(request))
    said = ngettext("%(num)s new payout.", "%(num)s new payouts.", count) if count else _("No new payout.")
    return back_to(request, f"{HERE}/payouts", said, "success" if count else "info")


@router.get("/payouts/{payout_id}")
async def payout(request: Request, payout_id: str) -> Response:
    actor = require_reader(request)
    async with database(request).transaction() as session:
        found = await billing.payments.reading.payout(session, actor, payout_id)
    lines = found.lines["lines"]
    if wants_csv(request):
        rows = [
            (each["reference"], each["payment_id"],
             *(Money(each[name], found.currency) for name in ("amount", "fee", "difference")), found.currency)
            for each in lines
        ]  # fmt: skip
        header = ("reference", "payment_id", "amount", "fee", "difference", "currency")
        return csv_file(f"payout-{found.reference}", header, rows)
    return shown(
        request, "payout.html", payout=found, lines=lines, gateway=gateways_of(request).name_of(found.gateway)
    )


@router.get("/books")
async def trial_balance(request: Request) -> Response:
    """Every rule checked from the entries up, and the trial balance."""
    actor = require_reader(request)
    async with database(request).transaction() as session:
        balance = await billing.reports.books.trial_balance(session, actor)
        checked = None if wants_csv(request) else await billing.reports.books.verify(session, actor)
        products = await product_names(session)
    if wants_csv(request):
        rows = [
            (each.currency, each.kind, each.party,
             *(Money(amount, each.currency) for amount in (each.debits, each.credits, each.balance)))
            for each in balance
        ]  # fmt: skip
        return csv_file("trial-balance", ("currency", "account", "of", "debits", "credits", "balance"), rows)
    return shown(
        request, "books.html", rows=balance, checked=checked, party_name=_party_name(request, products)
    )


@router.get("/books/transfers")
async def transfers(
    request: Request, kind: str = "", currency: str = "USD", party: str = "", cursor: str = ""
) -> Response:
    """What a line of the trial balance is made of."""
    actor = require_reader(request)
    before = int(cursor) if cursor.isdigit() and len(cursor) < 19 else None
    async with database(request).transaction() as session:
        found = await billing.reports.books.transfers(
            session, actor, kind, currency, party=party, before=before, limit=how_many(request)
        )
    if wants_csv(request):
        rows_ = [
            (t.id, t.at, t.kind, t.subject, t.account_id, t.account, Money(t.amount, currency), currency)
            for t in found
        ]
        header = ("transfer", "at", "kind", "subject", "account_id", "account", "amount", "currency")
        return csv_file("transfers", header, rows_)
    rows, last = cut(found)
    return shown(
        request, "transfers.html", rows=rows, kind=kind, currency=currency, party=party, cursor=cursor,
        next_cursor=str(last.id) if last else None, title=_name_of(request, kind, party),
    )  # fmt: skip


@router.get("/books/transfers/{transfer_id}")
async def transfer(request: Request, transfer_id: str) -> Response:
    actor = require_reader(request)
    if not transfer_id.isdigit() or len(transfer_id) > 18:
        raise NotFound(_("There is no such transfer in the books."))
    async with database(request).transaction() as session:
        found, entries = await billing.reports.books.entries(session, actor, int(transfer_id))
    return shown(
        request, "transfer.html", transfer=found, entries=entries, subject=_subject(found.subject),
        name_of=lambda kind, party: _name_of(request, kind, party),
    )  # fmt: skip


def _file(found: Sequence[billing.payments.Payout]) -> Response:
    rows = [
        (each.gateway, each.reference, each.currency,
         *(Money(amount, each.currency) for amount in (each.amount, each.fees, each.difference)), each.arrived_at)
        for each in found
    ]  # fmt: skip
    header = ("gateway", "reference", "currency", "amount", "fees", "difference", "arrived_at")
    return csv_file("payouts", header, rows)


def _party_name(request: Request, products: Mapping[str, str]) -> Callable[[str, str], str]:
    gateways = gateways_of(request)
    return lambda kind, party: (
        gateways.name_of(party) if kind.startswith("gateway_") else products.get(party, party)
    )


def _name_of(request: Request, kind: str, party: str) -> str:
    name = labels.said(labels.ACCOUNTS, kind)
    shown_party = gateways_of(request).name_of(party) if kind.startswith("gateway_") else party
    return f"{name}: {shown_party}" if party else name


def _subject(subject: str) -> str:
    """The page of what a transfer is about, if there is one."""
    pages = {"inv": "invoices", "pay": "payments", "po": "payouts", "sub": "subscriptions"}
    page = pages.get(subject.partition("_")[0])
    return f"/admin{HERE}/{page}/{subject}" if page else ""

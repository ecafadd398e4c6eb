"""/admin/accounts/<id>/money: an account's wallet, limits, how it is billed, and its statement."""

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from serai.kit import clock, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing, catalog, identity
from serai.modules.billing import documents, reports
from serai.portals.admin.billing.common import AN_EXPORT, day_of, refused, shown, wants_csv
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.admin.billing.forms import AdjustForm, LimitForm, ProfileForm
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.step_up import sudo
from serai.portals.ui.forms import Form, choice, from_request

router = APIRouter(prefix="/accounts/{account_id}/money")
_NEWEST = 20
_PROFILE = ("name", "email", "country", "tax_number", "is_business", "tax_exempt", "terms_days", "partner_id",
            "consolidate", "use_wallet")  # fmt: skip


@router.get("")
async def money(request: Request, account_id: str, currency: str = "") -> Response:
    if wants_csv(request):
        return await _movements_file(request, account_id, currency or "USD")
    return await _page(request, account_id)


@router.post("/adjust", dependencies=[Depends(sudo)])
async def adjust(request: Request, account_id: str) -> Response:
    """`key` was made with the form: sent twice, it counts once."""
    billing.policy.ADJUST.require(acting(request))
    form = await from_request(AdjustForm, request)
    status = 422
    if form.validate():
        try:
            amount = _positive(form)
            async with database(request).transaction() as session:
                await identity.accounts.get(session, acting(request), account_id)
                await billing.wallets.adjust(
                    session, acting(request), account_id, amount if form.direction.data == "give" else amount * -1,
                    form.reason.data or "", key=f"{account_id}/{form.key.data}" if form.key.data else None,
                )  # fmt: skip
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, _path(account_id), _("The wallet is adjusted."))
    return await _page(request, account_id, status, adjust=form)


@router.post("/limit", dependencies=[Depends(sudo)])
async def limit(request: Request, account_id: str) -> Response:
    billing.policy.ADJUST.require(acting(request))
    form = await from_request(LimitForm, request)
    status = 422
    if form.validate():
        try:
            wanted = form.money()
            async with database(request).transaction() as session:
                await identity.accounts.get(session, acting(request), account_id)
                await billing.wallets.set_credit_limit(session, acting(request), account_id, wanted)
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, _path(account_id), _("The credit limit is kept."))
    return await _page(request, account_id, status, limit=form)


@router.post("/profile")
async def profile(request: Request, account_id: str) -> Response:
    billing.policy.CONFIGURE.require(acting(request))
    form = await from_request(ProfileForm, request)
    async with database(request).transaction() as session:
        await _offer(session, acting(request), form)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await billing.profiles.change(session, acting(request), account_id, form.changes())
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("It is kept. The next invoice is made with it.")
            return back_to(request, _path(account_id), said)
    return await _page(request, account_id, status, profile=form)


@router.get("/statement")
async def statement(
    request: Request,
    account_id: str,
    currency: str = "USD",
    since: str = "",
    until: str = "",
    language: str = "",
) -> Response:
    """What the account owed between two days, as PDF."""
    last = day_of(until) or clock.now().date()
    first = day_of(since) or last - timedelta(days=365)
    async with database(request).transaction() as session:
        document = await billing.invoice_documents.statement_of(
            session, acting(request), account_id, Money(0, currency).currency, first, last,
            language if language in {"en", "ar"} else "en",
        )  # fmt: skip
    content = await asyncio.to_thread(documents.render_statement, document)
    headers = {
        "Content-Disposition": f'attachment; filename="statement-{account_id}-{last}.pdf"', "Cache-Control": "no-store",
    }  # fmt: skip
    return Response(content, media_type="application/pdf", headers=headers)


async def _page(request: Request, account_id: str, status: int = 200, **forms: Form) -> Response:
    actor = acting(request)
    billing.policy.READ.require(actor)
    async with database(request).transaction() as session:
        account = await identity.accounts.get(session, actor, account_id)
        by = await billing.profiles.ensure(session, actor, account_id)
        balances = await billing.wallets.balances(session, actor, account_id)
        moved = {
            each.currency: await billing.wallets.movements(
                session, actor, account_id, each.currency, limit=_NEWEST
            )
            for each in balances
        }
        due = [each for each in await reports.ageing(session, actor) if each.account_id == account_id]
        special = await _special_prices(session, actor, account_id)
        shown_profile = forms.get("profile") or ProfileForm(data=_as_form(by))
        await _offer(session, actor, shown_profile)  # type: ignore[arg-type]
    currency = next((each.currency for each in balances), by.profile.currency or "USD")
    adjusting = forms.get("adjust") or AdjustForm(data={"currency": currency, "key": ids.new("adj")})
    return shown(
        request, "account_money.html", status=status, account=account, profile=by.profile, seller=by.seller,
        balances=balances, moved=moved, due=due, special=special, currency=currency, today=clock.now().date(),
        adjust=adjusting, limit=forms.get("limit") or LimitForm(data={"limit_currency": currency}),
        form=shown_profile, year_ago=clock.now().date() - timedelta(days=365),
    )  # fmt: skip


async def _movements_file(request: Request, account_id: str, currency: str) -> Response:
    async with database(request).transaction() as session:
        found = await billing.wallets.movements(
            session, acting(request), account_id, currency, limit=AN_EXPORT
        )
    rows = [
        (transfer.at, transfer.kind, transfer.subject, Money(amount, currency), currency,
         transfer.memo.get("reason") or transfer.memo.get("invoice"))
        for transfer, amount in found
    ]  # fmt: skip
    return csv_file(f"wallet-{account_id}", ("at", "kind", "subject", "amount", "currency", "memo"), rows)


async def _special_prices(session: Session, actor: Actor, account_id: str) -> int | None:
    """How many hold; None for who may not see the catalogue."""
    if not catalog.policy.READ.allows(actor):
        return None
    return len(await catalog.list_special_prices(session, actor, account_id=account_id))


async def _offer(session: Session, actor: Actor, form: ProfileForm) -> None:
    sellers = await billing.sellers.every(session, actor)
    form.legal_entity_id.choices = [
        choice("", _("The default seller")), *(choice(each.id, each.name) for each in sellers)
    ]  # fmt: skip
    form.country.choices = billing.countries.choices()


def _as_form(by: Any) -> dict[str, Any]:
    return {name: getattr(by.profile, name) for name in _PROFILE} | {
        "legal_entity_id": by.profile.legal_entity_id or ""
    }


def _positive(form: AdjustForm) -> Money:
    amount = form.money((form.currency.data or "").upper())
    if amount.amount <= 0:
        text = _("The amount has to be above zero.")
        raise Invalid(text, fields={"amount": text})
    return amount


def _path(account_id: str) -> str:
    return f"/accounts/{account_id}/money"

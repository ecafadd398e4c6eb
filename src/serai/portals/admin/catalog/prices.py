"""/admin/catalog/…/prices: a price is changed in two steps, the second says what it means."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.modules.billing import reports
from serai.portals.admin.catalog.common import HERE, form_page, midnight, refused
from serai.portals.admin.catalog.forms import PeriodForm, PriceForm
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.acts import apply
from serai.portals.shared.offers import label_of
from serai.portals.ui.forms import choice, from_request

router = APIRouter()
_SHOWN = 20


@router.get("/packages/{package_id}/prices/new")
async def price_form(request: Request, package_id: str, period: str = "", currency: str = "") -> Response:
    form, package = await _form(request, package_id, period=period, currency=currency)
    return form_page(request, "admin/catalog/price.html", form, package=package)


@router.post("/packages/{package_id}/prices")
async def change_price(request: Request, package_id: str) -> Response:
    """Shows what it means first; with `confirmed` it is done."""
    catalog.policy.MANAGE.require(acting(request))
    form, package = await _form(request, package_id)
    status = 422
    if form.validate():
        at = midnight(form.valid_from.data)
        try:
            if "confirmed" not in await request.form():
                return await _confirm_page(request, form, package, at)
            async with database(request).transaction() as session:
                money = form.money()
                made = await catalog.change_price(
                    session, acting(request), package_id, form.period.data, money.currency, money, at
                )
                if "move" in await request.form():
                    await billing.subscriptions.move_price(session, acting(request), made.id, at)
        except SeraiError as error:
            status = refused(form, error)
        else:
            said = _("The price is planned.") if at and at > clock.now() else _("The new price holds.")
            return back_to(request, f"{HERE}/packages/{package_id}", said)
    return form_page(request, "admin/catalog/price.html", form, status=status, package=package)


@router.post("/packages/{package_id}/prices/{price_id}/cancel")
async def cancel_price(request: Request, package_id: str, price_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await catalog.cancel_price(session, actor, price_id)

    said = _("The planned price is taken back; the one before it stays.")
    return await apply(request, f"{HERE}/packages/{package_id}", work, said)


@router.get("/packages/{package_id}/periods/new")
async def period_form(request: Request, package_id: str) -> Response:
    return await _period_page(request, package_id, await from_request(PeriodForm, request))


@router.post("/packages/{package_id}/periods")
async def add_period(request: Request, package_id: str) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(PeriodForm, request)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await catalog.add_period(session, acting(request), package_id, form.quote())
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/packages/{package_id}", _("It is sold for this period, too."))
    return await _period_page(request, package_id, form, status)


async def _form(request: Request, package_id: str, **initial: str) -> tuple[PriceForm, catalog.PackageView]:
    async with database(request).transaction() as session:
        package = await catalog.package_by_id(session, package_id)
    form = await from_request(PriceForm, request, **initial)
    form.period.choices = [choice(each.key, label_of(each)) for each in package.periods]
    return form, package


async def _confirm_page(
    request: Request, form: PriceForm, package: catalog.PackageView, at: datetime | None
) -> Response:
    new, key = form.money(), form.period.data
    async with database(request).transaction() as session:
        replaced = await catalog.replaced_by(session, acting(request), package.id, key, new, at)
        moves = await _moves(session, acting(request), replaced, new, at)
        names = await _names(session, acting(request), moves)
    old = replaced.amount if replaced else None
    change = (new.amount - old.amount) * 100 / old.amount if old is not None and old.amount else None
    before, after = billing.previews.total(moves)
    return form_page(
        request, "admin/catalog/price_confirm.html", form, package=package, period=package.period(key),
        old=old, new=new, at=at or clock.now(), change=change, label_of=label_of,
        moves=moves[:_SHOWN], count=len(moves), names=names, money=Money,
        before=before, after=after,
    )  # fmt: skip


async def _moves(
    session: Session, actor: Actor, replaced: catalog.PriceView | None, new: Money, at: datetime | None
) -> list[billing.previews.PriceMove]:
    """Who would pay what from their next renewal on, if running subscriptions followed."""
    if replaced is None:
        return []
    return await billing.previews.price_change(session, actor, replaced.id, new.amount, at)


async def _names(session: Session, actor: Actor, moves: list[billing.previews.PriceMove]) -> dict[str, str]:
    """Accounts' names, for those who may see the money of others."""
    if not billing.policy.READ.allows(actor):
        return {}
    return await reports.account_names(session, actor, [each.account_id for each in moves[:_SHOWN]])


async def _period_page(request: Request, package_id: str, form: PeriodForm, status: int = 200) -> Response:
    async with database(request).transaction() as session:
        package = await catalog.package_by_id(session, package_id)
    return form_page(request, "admin/catalog/period.html", form, status=status, package=package)

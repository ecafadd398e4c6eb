"""/admin/billing/sellers: who sells, under which numbers, and what happens when nobody pays."""

from typing import Any

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import NotFound, SeraiError
from serai.kit.i18n import _
from serai.modules import billing
from serai.portals.admin.billing.common import HERE, refused, require_reader, shown
from serai.portals.admin.billing.seller_form import SellerForm, seller_as_form
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.acts import apply
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/sellers")


@router.get("")
async def sellers(request: Request) -> Response:
    actor = require_reader(request)
    async with database(request).transaction() as session:
        found = await billing.sellers.every(session, actor)
    return shown(request, "sellers.html", rows=found, countries=dict(billing.countries.choices()))


@router.get("/new")
async def new_form(request: Request) -> Response:
    """Begins with the default seller's schedule."""
    billing.policy.CONFIGURE.require(acting(request))
    async with database(request).transaction() as session:
        default = (await billing.sellers.every(session, acting(request)))[0]
    initial = {"dunning": default.dunning, "time_zone": default.time_zone}
    return await _page(request, await from_request(SellerForm, request, **initial), None)


@router.post("")
async def add(request: Request) -> Response:
    billing.policy.CONFIGURE.require(acting(request))
    form = await from_request(SellerForm, request)
    status = 422
    if _offer(form).validate():
        try:
            async with database(request).transaction() as session:
                made = await billing.sellers.add(session, acting(request), form.values())
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/sellers/{made.id}", _("The seller is added."))
    return await _page(request, form, None, status)


@router.get("/{seller_id}")
async def seller(request: Request, seller_id: str) -> Response:
    require_reader(request)
    found = await _find(request, seller_id)
    return await _page(request, await from_request(SellerForm, request, **seller_as_form(found)), found)


@router.post("/{seller_id}")
async def change(request: Request, seller_id: str) -> Response:
    """Invoices that were issued keep the seller as it was."""
    billing.policy.CONFIGURE.require(acting(request))
    found, form = await _find(request, seller_id), await from_request(SellerForm, request)
    status = 422
    if _offer(form).validate():
        try:
            async with database(request).transaction() as session:
                await billing.sellers.change(session, acting(request), seller_id, form.values())
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/sellers/{seller_id}", _("It is kept. New invoices name it so."))
    return await _page(request, form, found, status)


@router.post("/{seller_id}/default")
async def make_default(request: Request, seller_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await billing.sellers.make_default(session, actor, seller_id)

    said = _("It sells to all accounts that have no other seller.")
    return await apply(request, f"{HERE}/sellers", work, said)


async def _find(request: Request, seller_id: str) -> Any:
    async with database(request).transaction() as session:
        found = {each.id: each for each in await billing.sellers.every(session, acting(request))}
    if seller_id not in found:
        raise NotFound(_("There is no such seller."))
    return found[seller_id]


def _offer(form: SellerForm) -> SellerForm:
    form.country.choices = billing.countries.choices()
    return form


async def _page(request: Request, form: SellerForm, found: Any, status: int = 200) -> Response:
    return shown(request, "seller.html", status=status, form=_offer(form), seller=found)

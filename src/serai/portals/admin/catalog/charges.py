"""/admin/catalog/…/charges: what the use of a meter costs."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, pick
from serai.kit.money import Money
from serai.modules import catalog
from serai.portals.admin.catalog.common import HERE, form_page, midnight, refused
from serai.portals.admin.catalog.forms import ChargeForm
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.acts import apply
from serai.portals.ui.forms import choice, from_request

router = APIRouter(prefix="/packages/{package_id}/charges")


@router.get("/new")
async def charge_form(request: Request, package_id: str, charge: str = "") -> Response:
    """Empty, or like the charge that is to be followed."""
    async with database(request).transaction() as session:
        known = (await catalog.get_charges(session, [charge])).get(charge)
    initial = _as_form(known) if known is not None else {}
    return await _page(request, package_id, await from_request(ChargeForm, request, **initial))


@router.post("")
async def change_charge(request: Request, package_id: str) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(ChargeForm, request)
    await _offer_meters(request, package_id, form)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await catalog.change_charge(
                    session, acting(request), package_id, form.meter.data,
                    (form.currency.data or "").upper(), form.terms(), midnight(form.valid_from.data),
                )  # fmt: skip
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/packages/{package_id}", _("The charge is kept."))
    return await _page(request, package_id, form, status)


@router.post("/{charge_id}/end")
async def end_charge(request: Request, package_id: str, charge_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await catalog.end_charge(session, actor, charge_id)

    return await apply(
        request, f"{HERE}/packages/{package_id}", work, _("This use costs nothing from now on.")
    )


async def _page(request: Request, package_id: str, form: ChargeForm, status: int = 200) -> Response:
    package = await _offer_meters(request, package_id, form)
    return form_page(request, "admin/catalog/charge.html", form, status=status, package=package)


async def _offer_meters(request: Request, package_id: str, form: ChargeForm) -> catalog.PackageView:
    async with database(request).transaction() as session:
        package = await catalog.package_by_id(session, package_id)
        meters = await catalog.meters_of(session, package.product_id)
    form.meter.choices = [choice(each.key, pick(each.name)) for each in meters]
    return package


def _as_form(charge: catalog.ChargeView) -> dict[str, Any]:
    major = Decimal(10) ** -get_currency_precision(charge.currency)
    tiers = [
        {
            "up_to": tier.up_to,
            "unit": _plain(tier.unit_amount * major),
            "flat": _plain(tier.flat_amount * major) or None,
        }
        for tier in charge.tiers
    ]
    least = str(Money(charge.minimum, charge.currency).decimal) if charge.minimum else ""
    return {
        "meter": charge.meter_key, "currency": charge.currency, "model": charge.model,
        "included": charge.included, "package_size": charge.package_size, "minimum": least, "tiers": tiers,
    }  # fmt: skip


def _plain(value: Decimal) -> Decimal:
    """Without zeros at the end, and never as 1E+2."""
    return Decimal(format(value.normalize(), "f"))

"""/admin/catalog/coupons"""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.portals.admin.catalog.common import HERE, form_page, may_manage, percent, refused
from serai.portals.admin.catalog.offer_forms import CouponForm, coupon_as_form
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/coupons")
_SHOWN = 100


@router.get("")
async def coupons(request: Request) -> Response:
    async with database(request).transaction() as session:
        found = await catalog.list_coupons(session, acting(request))
    return page(
        request, "admin/catalog/coupons.html", coupons=found, may_manage=may_manage(request),
        percent=percent, amount_of=_amount_of, here=f"/admin{HERE}",
    )  # fmt: skip


@router.get("/new")
async def new_form(request: Request) -> Response:
    return form_page(
        request, "admin/catalog/coupon.html", await from_request(CouponForm, request), coupon=None
    )


@router.post("")
async def add(request: Request) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(CouponForm, request)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                settings = form.settings(await _packages(session))
                made = await catalog.add_coupon(session, acting(request), form.code.data or "", settings)
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(
                request, f"{HERE}/coupons/{made.id}", _("%(code)s can be redeemed.", code=made.code)
            )
    return form_page(request, "admin/catalog/coupon.html", form, status=status, coupon=None)


@router.get("/{coupon_id}")
async def coupon(request: Request, coupon_id: str) -> Response:
    async with database(request).transaction() as session:
        found = await catalog.get_coupon(session, acting(request), coupon_id)
        used = await catalog.redemptions_of(session, acting(request), coupon_id=found.id, limit=_SHOWN)
        periods = await billing.subscriptions.periods_with_coupons(
            session, acting(request), [each.subscription_id for each in used if each.subscription_id]
        )
        packages = await _packages(session)
    form = await from_request(CouponForm, request, **coupon_as_form(found, packages))
    return page(
        request, "admin/catalog/coupon.html", form=form, coupon=found, redemptions=used, periods=periods,
        may_manage=may_manage(request), here=f"/admin{HERE}",
    )  # fmt: skip


@router.post("/{coupon_id}")
async def change(request: Request, coupon_id: str) -> Response:
    """The code stays: it is what customers were told."""
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(CouponForm, request)
    async with database(request).transaction() as session:
        found = await catalog.get_coupon(session, acting(request), coupon_id)
    form.code.data, status = found.code, 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                settings = form.settings(await _packages(session))
                await catalog.change_coupon(
                    session, acting(request), found.id, settings, version=form.version.data
                )
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/coupons/{found.id}", _("It is kept."))
    return form_page(request, "admin/catalog/coupon.html", form, status=status, coupon=found, may_manage=True)


@router.post("/{coupon_id}/end")
async def end(request: Request, coupon_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await catalog.end_coupon(session, actor, coupon_id)

    said = _("Nobody can redeem it from now on.")
    return await apply(request, f"{HERE}/coupons", work, said)


def _amount_of(coupon: catalog.CouponView) -> Money | None:
    terms = coupon.terms
    return Money(terms.amount, terms.currency) if terms.amount is not None and terms.currency else None


async def _packages(session: Session) -> dict[str, str]:
    """Ids of all that is sold, by `product/package`."""
    products = await catalog.list_products(session, listed_only=False)
    return {
        f"{product.slug}/{package.key}": package.id
        for product in products
        for package in (*product.packages, *product.addons, *product.bundles)
    }

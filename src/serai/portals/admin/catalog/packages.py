"""/admin/catalog/packages: one package, add-on or bundle; its prices and charges with their history."""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.modules import catalog
from serai.portals.admin.catalog.common import HERE, form_page, may_manage, refused, state_of
from serai.portals.admin.catalog.forms import PackageForm, limits_text, lines_of, texts_of
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.shared.offers import label_of
from serai.portals.ui.forms import from_request

router = APIRouter(prefix="/packages")


@router.get("/{package_id}")
async def package(request: Request, package_id: str) -> Response:
    async with database(request).transaction() as session:
        actor = acting(request)
        prices = await catalog.price_history(session, actor, package_id)
        charges = await catalog.charge_history(session, actor, package_id)
        found = await catalog.package_by_id(session, package_id)
        product = await _product_of(session, found)
    return page(
        request, "admin/catalog/package.html", package=found, product=product, prices=prices,
        charges=charges, may_manage=may_manage(request), label_of=label_of, state_of=state_of,
        here=f"/admin{HERE}", link=f"/start?product={product.slug}&package={found.key}",
    )  # fmt: skip


@router.get("/{package_id}/edit")
async def edit_form(request: Request, package_id: str) -> Response:
    async with database(request).transaction() as session:
        found = await catalog.package_by_id(session, package_id)
    initial = texts_of(found) | {
        "features_en": lines_of(found.features, "en"), "features_ar": lines_of(found.features, "ar"),
        "visibility": found.visibility, "limits": limits_text(found.limits), "stock": found.stock,
        "trial_days": found.trial_days, "trial_requires_method": found.trial_requires_method,
    }  # fmt: skip
    form = await from_request(PackageForm, request, **initial)
    return form_page(request, "admin/catalog/package_edit.html", form, package=found)


@router.post("/{package_id}/edit")
async def edit(request: Request, package_id: str) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(PackageForm, request)
    status = 422
    async with database(request).transaction() as session:
        found = await catalog.package_by_id(session, package_id)
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await catalog.edit_package(
                    session, acting(request), package_id, version=form.version.data, **form.changes()
                )
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/packages/{package_id}", _("It is kept."))
    return form_page(request, "admin/catalog/package_edit.html", form, status=status, package=found)


@router.post("/{package_id}/follow-blueprint")
async def follow_blueprint(request: Request, package_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await catalog.follow_blueprint(session, actor, package_id)

    said = _("The blueprint decides again, from the next time it is loaded.")
    return await apply(request, f"{HERE}/packages/{package_id}", work, said)


async def _product_of(session: Session, package: catalog.PackageView) -> catalog.ProductView:
    products = await catalog.list_products(session, listed_only=False)
    return next(each for each in products if each.id == package.product_id)

"""/admin/catalog: products, and the texts of one."""

from fastapi import APIRouter, Request, Response

from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.modules import catalog
from serai.portals.admin.catalog.common import HERE, form_page, may_manage, refused
from serai.portals.admin.catalog.forms import TextsForm, texts_of
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.offers import icon_of, label_of
from serai.portals.ui.forms import from_request

router = APIRouter()


@router.get("")
async def products(request: Request) -> Response:
    catalog.policy.READ.require(acting(request))
    async with database(request).transaction() as session:
        found = await catalog.list_products(session, listed_only=False)
    return page(request, "admin/catalog/products.html", products=found, icon_of=icon_of, here=f"/admin{HERE}")


@router.get("/products/{slug}")
async def product(request: Request, slug: str) -> Response:
    async with database(request).transaction() as session:
        found = await catalog.get_whole_product(session, acting(request), slug)
        meters = await catalog.meters_of(session, found.id)
    return page(
        request, "admin/catalog/product.html", product=found, meters=meters, may_manage=may_manage(request),
        label_of=label_of, here=f"/admin{HERE}",
        sold=[*found.packages, *found.addons, *found.bundles],
    )  # fmt: skip


@router.get("/products/{slug}/edit")
async def edit_form(request: Request, slug: str) -> Response:
    async with database(request).transaction() as session:
        found = await catalog.get_whole_product(session, acting(request), slug)
    form = await from_request(TextsForm, request, **texts_of(found))
    return form_page(request, "admin/catalog/product_edit.html", form, product=found)


@router.post("/products/{slug}/edit")
async def edit(request: Request, slug: str) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(TextsForm, request)
    status = 422
    async with database(request).transaction() as session:
        found = await catalog.get_whole_product(session, acting(request), slug)
    if form.validate():
        try:
            async with database(request).transaction() as session:
                await catalog.edit_product(
                    session, acting(request), found.id, version=form.version.data, **form.texts()
                )
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/products/{slug}", _("It is kept."))
    return form_page(request, "admin/catalog/product_edit.html", form, status=status, product=found)

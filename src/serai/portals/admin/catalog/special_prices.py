"""/admin/catalog/special-prices"""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _, pick
from serai.modules import catalog, identity
from serai.portals.admin.catalog.common import HERE, form_page, may_manage, midnight, percent, refused
from serai.portals.admin.catalog.forms import bps_of
from serai.portals.admin.catalog.offer_forms import SpecialPriceForm
from serai.portals.shared.access import acting, back_to, database, page
from serai.portals.shared.acts import apply
from serai.portals.shared.offers import label_of
from serai.portals.ui.forms import choice, from_request

router = APIRouter(prefix="/special-prices")


@router.get("")
async def special_prices(request: Request, account: str = "", ended: str = "") -> Response:
    async with database(request).transaction() as session:
        found = await catalog.list_special_prices(
            session, acting(request), account_id=account or None, ended=bool(ended)
        )
        names = dict(await _targets(session))
    return page(
        request, "admin/catalog/special_prices.html", rows=found, account=account, ended=bool(ended),
        names=names, key_of=_key_of, percent=percent, may_manage=may_manage(request), here=f"/admin{HERE}",
    )  # fmt: skip


@router.get("/new")
async def new_form(request: Request, account: str = "") -> Response:
    catalog.policy.MANAGE.require(acting(request))
    return await _page(request, await from_request(SpecialPriceForm, request, account=account))


@router.post("")
async def add(request: Request) -> Response:
    catalog.policy.MANAGE.require(acting(request))
    form = await from_request(SpecialPriceForm, request)
    await _offer_targets(request, form)
    status = 422
    if form.validate():
        try:
            async with database(request).transaction() as session:
                account_id = await _account(session, acting(request), (form.account.data or "").strip())
                await catalog.set_special_price(session, acting(request), _wanted(form, account_id))
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/special-prices", _("The special price is kept."))
    return await _page(request, form, status)


@router.post("/{special_id}/end")
async def end(request: Request, special_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await catalog.end_special_price(session, actor, special_id)

    return await apply(
        request, f"{HERE}/special-prices", work, _("It has ended; the usual price is paid again.")
    )


async def _page(request: Request, form: SpecialPriceForm, status: int = 200) -> Response:
    await _offer_targets(request, form)
    return form_page(request, "admin/catalog/special_price.html", form, status=status)


async def _offer_targets(request: Request, form: SpecialPriceForm) -> None:
    async with database(request).transaction() as session:
        found = await _targets(session)
    form.target.choices = [choice("", _("Everything")), *(choice(key, name) for key, name in found)]


async def _targets(session: Session) -> list[tuple[str, str]]:
    """What a special price can be for: `product`, `product/package`, `product/package/period` ids."""
    found = []
    for product in await catalog.list_products(session, listed_only=False):
        found.append((product.id, pick(product.name)))
        for package in (*product.packages, *product.addons, *product.bundles):
            name = f"{pick(product.name)} · {pick(package.name)}"
            found.append((package.id, name))
            found += [(f"{package.id}/{each.key}", f"{name} · {label_of(each)}") for each in package.periods]
    return found


def _key_of(special: catalog.SpecialPriceView) -> str:
    if special.scope == "price":
        return f"{special.package_id}/{special.period}"
    return special.package_id or special.product_id or ""


def _wanted(form: SpecialPriceForm, account_id: str | None) -> catalog.NewSpecialPrice:
    target, _slash, period = (form.target.data or "").partition("/")
    kind = "price" if period else {"prd": "product", "pkg": "package"}.get(target.partition("_")[0], "all")
    if kind != form.scope.data:
        message = _("Choose what it is for.")
        raise Invalid(message, fields={"target": message})
    return catalog.NewSpecialPrice(
        account_id=account_id, partner_id=(form.partner_id.data or "").strip() or None, scope=form.scope.data,
        product_id=target if kind == "product" else None,
        package_id=target if kind in {"package", "price"} else None, period=period or None,
        bps=bps_of(form.percent.data), amount=form.money(), valid_from=midnight(form.valid_from.data),
        valid_until=midnight(form.valid_until.data), note=form.note.data or "",
    )  # fmt: skip


async def _account(session: Session, actor: Actor, text: str) -> str | None:
    """By id, name, or a member's address, as the list of accounts searches."""
    if not text:
        return None
    found = await identity.staff.page_of_accounts(session, actor, search=text, limit=2)
    if len(found) != 1:
        message = (
            _("Several accounts match. Write the id of the one you mean.") if found
            else _("No account matches. Write its name, its id, or a member's address.")
        )  # fmt: skip
        raise Invalid(message, fields={"account_id": message})
    return found[0][0].id

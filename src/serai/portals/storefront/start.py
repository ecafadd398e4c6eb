"""/start: choose the address of a new system, and launch it."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.errors import SeraiError
from serai.kit.i18n import _, get_locale, pick
from serai.kit.web.problems import status_of
from serai.kit.web.sessions import signed_in
from serai.kit.web.templates import render
from serai.modules import launches
from serai.portals.frame.access import acting, database, settings
from serai.portals.storefront import offers
from serai.portals.storefront.forms import StartForm, show
from serai.portals.ui.forms import from_request

router = APIRouter()


@router.get("/start")
async def start_form(
    request: Request, product: str = "", package: str = "", period: str = "", currency: str = ""
) -> Response:
    signed_in(request)
    if not product:
        return RedirectResponse("/", status_code=303)
    chosen = await _chosen(request, product, package, period, currency)
    form = await from_request(
        StartForm, request, product=product, package=chosen["package"].key, period=chosen["period"],
        currency=chosen["currency"], language=get_locale(),
    )  # fmt: skip
    return _page(request, form, chosen)


@router.post("/start")
async def start(request: Request) -> Response:
    """Launch, and show how it goes."""
    signed_in(request)
    actor = acting(request)
    form = await from_request(StartForm, request)
    chosen = await _chosen(
        request, form.product.data or "", form.package.data or "", form.period.data or "",
        form.currency.data or "",
    )  # fmt: skip
    if not form.validate():
        return _page(request, form, chosen, 422)
    platform = request.app.state.platform
    order = launches.Order(
        chosen["product"].slug, chosen["package"].key, form.name.data or "", email=actor.name,
        period=chosen["period"] or None, language=form.language.data,
    )  # fmt: skip
    try:
        async with database(request).transaction() as session:
            _launch, operation = await launches.create(
                session, actor, platform.settings, platform.vault, order
            )
    except SeraiError as error:
        show(form, error)
        return _page(request, form, chosen, status_of(error))
    return RedirectResponse(f"/console/operations/{operation.id}", status_code=303)


@router.get("/start/availability")
async def availability(request: Request, name: str = "") -> Response:
    """A fragment: whether this address is free, and if not, why."""
    try:
        async with database(request).transaction() as session:
            good = await launches.check_name(session, name)
    except (launches.NameTaken, launches.InvalidName) as error:
        return _verdict(request, error.message, available=False)
    text = _("%(host)s is free.", host=settings(request).host_of(good))
    return _verdict(request, text, available=True)


async def _chosen(
    request: Request, slug: str, package_key: str, period_key: str, currency: str
) -> dict[str, Any]:
    """What is ordered, as the page and the order need it."""
    async with database(request).transaction() as session:
        product = await offers.product_called(session, slug)
    package = offers.package_called(product, package_key)
    period = package.period(period_key) or next(iter(package.periods), None)
    offered = sorted(period.prices) if period else []
    currency = offers.choose_currency(offered, currency)
    return {
        "product": product, "package": package, "period": period.key if period else "",
        "currency": currency, "price": period.prices.get(currency) if period else None,
        "unit": offers.unit_of(period.months) if period else "", "icon": offers.icon_of(product),
        "trial": offers.trial_text(package.trial_days) if package.trial_days else "",
        "features": [pick(each) for each in package.features],
    }  # fmt: skip


def _verdict(request: Request, text: str, *, available: bool) -> Response:
    return render(request, "storefront/availability.html", available=available, text=text)


def _page(request: Request, form: StartForm, chosen: dict[str, Any], status: int = 200) -> Response:
    suffix = settings(request).host_of("")
    return render(request, "storefront/start.html", status_code=status, form=form, suffix=suffix, **chosen)

"""/start: the checkout. Choose the address of a new system and how it is paid, and launch it."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import ImmutableMultiDict

from serai.kit.errors import SeraiError
from serai.kit.i18n import _, get_locale
from serai.kit.web.problems import status_of
from serai.kit.web.sessions import signed_in
from serai.kit.web.templates import render
from serai.modules import launches
from serai.portals.shared.access import database, settings
from serai.portals.storefront import checkout_order, checkout_page
from serai.portals.storefront.checkout_page import Checkout
from serai.portals.storefront.forms import StartForm

router = APIRouter()


@router.get("/start")
async def start_form(request: Request, product: str = "", saved: str = "") -> Response:
    """`saved`: the payer comes back from saving a way to pay, for an order that needed one."""
    signed_in(request)
    if not product:
        return RedirectResponse("/", status_code=303)
    values = dict(request.query_params)
    shown = await checkout_page.sync(request, values)
    form = StartForm(data={"language": get_locale()} | values)
    if saved and await checkout_order.was_just_saved(request, saved):
        return await _place(request, StartForm(formdata=ImmutableMultiDict(values)), shown, values)
    return _page(request, form, shown, values)


@router.post("/start")
async def start(request: Request) -> Response:
    """Launch, or pay first; `apply` only reckons anew, for browsers without scripts."""
    signed_in(request)
    posted = await request.form()
    values = {name: value for name, value in posted.items() if isinstance(value, str)}
    shown = await checkout_page.sync(request, values)
    form = StartForm(formdata=posted)
    if values.get("apply"):
        return _page(request, form, shown, values)
    return await _place(request, form, shown, values)


@router.post("/start/total")
async def total(request: Request, part: str = "") -> Response:
    """A fragment: what it costs like this, and how it can be paid. Changes nothing; posted, for addresses
    and tax numbers have no place in a URL."""
    signed_in(request)
    values = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    shown = await checkout_page.sync(request, values)
    context = checkout_page.context(request, shown, StartForm(data=values), values)
    # Who is typing billing details keeps the cursor: only the tax changes by them.
    whole = part != "tax"
    return render(request, "storefront/checkout_total.html", whole=whole, fragment=True, **context)


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


async def _place(request: Request, form: StartForm, shown: Checkout, values: Mapping[str, str]) -> Response:
    if not form.validate():
        return _page(request, form, shown, values, 422)
    try:
        return await checkout_order.place(request, form, shown, values)
    except SeraiError as error:
        form.take(error)
        if shown.details is not None:
            shown.details.take_fields(error)
        return _page(request, form, shown, values, status_of(error))


def _verdict(request: Request, text: str, *, available: bool) -> Response:
    return render(request, "storefront/availability.html", available=available, text=text)


def _page(
    request: Request, form: StartForm, shown: Checkout, values: Mapping[str, str], status: int = 200
) -> Response:
    context = checkout_page.context(request, shown, form, values)
    return render(
        request, "storefront/start.html", status_code=status, headers={"Cache-Control": "no-store"},
        whole=True, fragment=False, **context,
    )  # fmt: skip

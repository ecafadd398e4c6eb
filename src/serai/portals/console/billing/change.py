"""/console/billing/subscriptions/<id>/change: another package, period or add-ons, with what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Denied, SeraiError
from serai.kit.i18n import _, pick
from serai.kit.money import Money
from serai.kit.web.problems import status_of
from serai.kit.web.templates import flash, render
from serai.modules import billing, catalog, launches
from serai.portals.console.billing.common import HERE, names_of, shown
from serai.portals.shared import checkout, offers
from serai.portals.shared.access import acting, database

router = APIRouter()
_ADDON = checkout.ADDON


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is chosen in the form, over what the subscription is of now."""

    state: billing.subscriptions.State
    product: catalog.ProductView
    package: catalog.PackageView
    period: catalog.PeriodView | None
    quantity: int
    addons: Mapping[str, int]
    when: str

    @property
    def choice(self) -> billing.subscriptions.Choice:
        return billing.subscriptions.Choice(
            self.product.slug, self.package.key, self.period.key if self.period else None,
            self.state.currency, self.quantity, self.addons,
        )  # fmt: skip


@router.get("/subscriptions/{subscription_id}/change")
async def form(request: Request, subscription_id: str) -> Response:
    return await _page(request, subscription_id, dict(request.query_params))


@router.get("/subscriptions/{subscription_id}/change/preview")
async def preview(request: Request, subscription_id: str) -> Response:
    """A fragment: what the change costs now and later."""
    values = dict(request.query_params)
    async with database(request).transaction() as session:
        wanted = await _read(session, acting(request), subscription_id, values)
        found, error = await _preview(session, acting(request), wanted)
    context = _context(wanted, found, error)
    return render(request, "console/billing/change_preview.html", fragment=True, **context)


@router.post("/subscriptions/{subscription_id}/change")
async def change(request: Request, subscription_id: str) -> Response:
    posted = await request.form()
    values = {name: value for name, value in posted.items() if isinstance(value, str)}
    version = values.get("version", "")
    try:
        async with database(request).transaction() as session:
            wanted = await _read(session, acting(request), subscription_id, values)
            state, invoice = await launches.change_plan(
                session, acting(request), subscription_id, wanted.choice, wanted.when,
                version=int(version) if version.isdigit() and len(version) < 9 else None,
            )  # fmt: skip
    except (billing.SubscriptionNotFound, Denied):
        raise
    except SeraiError as error:
        return await _page(request, subscription_id, values, error)
    to_pay = invoice is not None and invoice.due > 0
    where = f"/invoices/{invoice.id}" if invoice is not None and to_pay else f"/subscriptions/{state.id}"
    response = RedirectResponse(f"{HERE}{where}", status_code=303)
    flash(response, _("It is changed.") if state.pending is None else _("It changes with the next period."))
    return response


async def _page(
    request: Request, subscription_id: str, values: Mapping[str, str], error: SeraiError | None = None
) -> Response:
    billing.policy.SUBSCRIBE.require(acting(request), account_id=acting(request).account_id)
    async with database(request).transaction() as session:
        wanted = await _read(session, acting(request), subscription_id, values)
        found, wrong = await _preview(session, acting(request), wanted)
        names = await names_of(session, [wanted.state])
    status = status_of(error) if error else 200
    context = _context(wanted, found, error.message if error else wrong)
    return shown(request, "change.html", status, names=names, fragment=False, **context)


async def _read(session: Session, actor: Actor, subscription_id: str, values: Mapping[str, str]) -> Wanted:
    state = await billing.subscriptions.find(session, actor, subscription_id)
    product = await _product(session, state)
    packages = (*product.packages, *product.bundles)
    chosen = values.get("package") or (state.pending or state.plan).base.package
    package = next((each for each in packages if each.key == chosen), packages[0])
    fitting = [each for each in package.periods if state.currency in each.prices]
    period = next((each for each in fitting if each.key == values.get("period")), None)
    period = (
        period or next((each for each in fitting if _same(each, state)), None) or next(iter(fitting), None)
    )
    sold = {each.key for each in checkout.addons_for(product, period, state.currency)}
    return Wanted(
        state, product, package, period, _number(values.get("quantity"), state.plan.base.quantity),
        {key: number for key, number in _addons(state, values).items() if key in sold and number},
        "now" if values.get("when", "now") == "now" else "period_end",
    )  # fmt: skip


async def _product(session: Session, state: billing.subscriptions.State) -> catalog.ProductView:
    """With what is sold by link only, where the customer has just that."""
    for each in await catalog.list_products(session, listed_only=False):
        if each.id == state.plan.base.product_id:
            return await catalog.get_product(session, each.slug, hidden=_is_hidden(each, state))
    raise catalog.ProductNotFound(_("This product is not sold any more."))


def _is_hidden(product: catalog.ProductView, state: billing.subscriptions.State) -> bool:
    listed = {each.key for each in (*product.packages, *product.bundles) if each.visibility == "public"}
    return state.plan.base.package not in listed


def _addons(state: billing.subscriptions.State, values: Mapping[str, str]) -> dict[str, int]:
    """As the form says, or before anything is chosen as it is."""
    typed = {name.removeprefix(_ADDON): value for name, value in values.items() if name.startswith(_ADDON)}
    if typed or "package" in values:
        return {key: _number(value, 0) for key, value in typed.items()}
    return {
        item.package: item.quantity for item in (state.pending or state.plan).items if item.kind == "addon"
    }


async def _preview(session: Session, actor: Actor, wanted: Wanted) -> tuple[billing.subscriptions.ChangePreview | None, str]:
    when: Any = wanted.when
    try:
        return await billing.subscriptions.preview_change(session, actor, wanted.state.id, wanted.choice, when), ""
    except billing.SubscriptionNotFound:
        raise
    except SeraiError as error:
        return None, error.message


def _context(wanted: Wanted, found: billing.subscriptions.ChangePreview | None, error: str) -> dict[str, Any]:
    state, period = wanted.state, wanted.period
    packages = [
        (each, each_period.prices[state.currency])
        for each in (*wanted.product.packages, *wanted.product.bundles)
        for each_period in each.periods
        if (period is None or each_period.key == period.key) and state.currency in each_period.prices
    ]
    return {
        "state": state, "wanted": wanted, "preview": found, "error": error,
        "packages": [{"key": each.key, "name": pick(each.name), "text": pick(each.summary), "price": price,
                      "sold_out": each.stock == 0 and each.id != state.plan.base.package_id}
                     for each, price in packages],
        "periods": [(each.key, offers.label_of(each)) for each in wanted.package.periods if state.currency in each.prices],
        "addons": [{"name": f"{_ADDON}{each.key}", "label": pick(each.name), "quantity": wanted.addons.get(each.key, 0),
                    "price": each_period.prices[state.currency], "unit": offers.unit_of(each_period)}
                   for each in checkout.addons_for(wanted.product, period, state.currency)
                   if period and (each_period := each.period(period.key))],
        "unit": offers.unit_of(period) if period else "", "here": HERE,
        "lines": checkout.lines_of(found.now) if found and found.now else [],
        "money": lambda amount: Money(amount, state.currency),
    }  # fmt: skip


def _same(period: catalog.PeriodView, state: billing.subscriptions.State) -> bool:
    return (period.unit, period.count) == (state.plan.unit, state.plan.count)


def _number(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise

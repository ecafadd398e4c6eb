"""/admin/billing/subscriptions/<id>/change: another plan, after what it costs was shown."""

from typing import Any

from fastapi import APIRouter, Request, Response
from wtforms import FieldList, FormField, HiddenField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import _, lazy_str, pick
from serai.modules import billing, catalog, launches
from serai.portals.admin.billing.common import HERE, refused, shown
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.offers import label_of
from serai.portals.ui.forms import Form, choice, from_request

router = APIRouter(prefix="/subscriptions/{subscription_id}/change")


class AddOnForm(Form):
    key = HiddenField()
    count = IntegerField(lazy_str("How many"), [Optional(), NumberRange(0, 100_000)])


class ChangeForm(Form):
    """`plan` is `package/period`; `version` what was looked at."""

    plan = SelectField(lazy_str("Plan"), [InputRequired()])
    quantity = IntegerField(lazy_str("Quantity"), [InputRequired(), NumberRange(1, 100_000)], default=1)
    addons = FieldList(FormField(AddOnForm))
    when = RadioField(
        lazy_str("When"), [InputRequired()], default="now",
        choices=[choice("now", lazy_str("Now")), choice("period_end", lazy_str("At the end of the period"))],
    )  # fmt: skip
    version = IntegerField(validators=[InputRequired()])

    def choice(self, product: str) -> billing.subscriptions.Choice:
        package, _slash, period = (self.plan.data or "").partition("/")
        addons = {row.key.data: row.count.data for row in self.addons if row.count.data}
        return billing.subscriptions.Choice(product, package, period, None, self.quantity.data or 1, addons)

    def take(self, error: Any) -> None:
        names = {"package": "plan", "period": "plan"}
        error.fields = {
            names.get(name, name): text for name, text in error.fields.items() if name != "addons"
        }
        super().take(error)


@router.get("")
async def change_form(request: Request, subscription_id: str) -> Response:
    billing.policy.SUBSCRIBE.require(acting(request))
    state, product = await _read(request, subscription_id)
    form = await from_request(ChangeForm, request, **_as_form(state, product))
    return await _page(request, state, product, form)


@router.post("")
async def change(request: Request, subscription_id: str) -> Response:
    """Shows what it costs first; with `confirmed` it is done."""
    billing.policy.SUBSCRIBE.require(acting(request))
    state, product = await _read(request, subscription_id)
    form = await from_request(ChangeForm, request)
    _offer(form, state, product)
    status = 422
    if form.validate():
        try:
            if "confirmed" not in await request.form():
                return await _preview(request, state, product, form)
            async with database(request).transaction() as session:
                await launches.change_plan(
                    session, acting(request), subscription_id, form.choice(product.slug), form.when.data,
                    version=form.version.data,
                )  # fmt: skip
        except SeraiError as error:
            status = refused(form, error)
        else:
            return back_to(request, f"{HERE}/subscriptions/{subscription_id}", _("The plan is changed."))
    return await _page(request, state, product, form, status)


async def _preview(
    request: Request, state: billing.subscriptions.State, product: catalog.ProductView, form: ChangeForm
) -> Response:
    async with database(request).transaction() as session:
        found = await billing.subscriptions.preview_change(
            session, acting(request), state.id, form.choice(product.slug), form.when.data
        )
    return await _page(request, state, product, form, preview=found)


async def _read(request: Request, subscription_id: str) -> tuple[billing.subscriptions.State, catalog.ProductView]:
    async with database(request).transaction() as session:
        state = await billing.subscriptions.find(session, acting(request), subscription_id)
        return state, await _product(session, state)


async def _product(session: Session, state: billing.subscriptions.State) -> catalog.ProductView:
    found = await catalog.list_products(session, listed_only=False)
    return next(each for each in found if each.id == state.plan.base.product_id)


def _offer(form: ChangeForm, state: billing.subscriptions.State, product: catalog.ProductView) -> None:
    """What is sold in the subscription's currency."""
    form.plan.choices = [
        choice(f"{package.key}/{period.key}", f"{pick(package.name)} · {label_of(period)}")
        for package in (*product.packages, *product.bundles)
        for period in package.periods
        if state.currency in period.prices
    ]


def _as_form(state: billing.subscriptions.State, product: catalog.ProductView) -> dict[str, Any]:
    had = {item.package_id: item.quantity for item in state.plan.items}
    package = next(
        (p for p in (*product.packages, *product.bundles) if p.id == state.plan.base.package_id), None
    )
    same = (state.plan.unit, state.plan.count)
    period = next((p.key for p in package.periods if (p.unit, p.count) == same), "") if package else ""
    return {
        "plan": f"{state.plan.base.package}/{period}", "quantity": state.plan.base.quantity,
        "version": state.version,
        "addons": [{"key": each.key, "count": had.get(each.id, 0)} for each in product.addons],
    }  # fmt: skip


async def _page(
    request: Request,
    state: billing.subscriptions.State,
    product: catalog.ProductView,
    form: ChangeForm,
    status: int = 200,
    preview: billing.subscriptions.ChangePreview | None = None,
) -> Response:
    _offer(form, state, product)
    return shown(
        request, "change.html", status=status, state=state, form=form, preview=preview, wording=billing.invoices.wording,
        addon_names={each.key: pick(each.name) for each in product.addons}, tax_reason=billing.tax.reason_text,
    )  # fmt: skip

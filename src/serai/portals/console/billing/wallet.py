"""/console/billing/wallet: what it holds and what moved; filling it by itself."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import LazyText, _, lazy, lazy_str
from serai.kit.money import Money
from serai.kit.web.problems import status_of
from serai.modules import billing, catalog
from serai.portals.console.billing.common import account_of, require_reader, shown
from serai.portals.shared.access import acting, back_to, database
from serai.portals.shared.payment_choice import offered, ways
from serai.portals.ui.forms import Form, from_request

router = APIRouter()
_A_PAGE = 25
_KINDS: Mapping[str, LazyText] = {
    "top_up": lazy("Topped up"), "adjustment": lazy("Adjusted by us"), "wallet_payment": lazy("Paid"),
    "payment": lazy("Paid"), "wallet_refund": lazy("Given back"), "credit_to_wallet": lazy("Credited"),
    "hold_held": lazy("Set aside"), "hold_released": lazy("Free again"), "hold_rest": lazy("Free again"),
    "refund": lazy("Paid back"),
}  # fmt: skip


class AutoForm(Form):
    """When the wallet fills itself."""

    on = BooleanField(lazy_str("Fill it by itself"))
    threshold = StringField(lazy_str("When it holds less than"), [Length(max=20)])
    amount = StringField(lazy_str("Add"), [Length(max=20)])
    currency = SelectField(lazy_str("Currency"), validate_choice=False)

    def wanted(self) -> dict[str, Any] | None:
        """As `billing.profiles.change` takes it. Raises Invalid with fields."""
        if not self.on.data:
            return None
        currency = self.currency.data or ""
        return {"currency": currency, "threshold": _minor(self.threshold.data, currency, "threshold"),
                "amount": _minor(self.amount.data, currency, "amount")}  # fmt: skip


@router.get("/wallet")
async def wallet(request: Request, currency: str = "", cursor: str = "") -> Response:
    return await page_of(request, currency=currency, cursor=cursor)


@router.post("/wallet/auto")
async def fill_by_itself(request: Request) -> Response:
    form = await from_request(AutoForm, request)
    form.currency.choices = []
    try:
        wanted = form.wanted()
        async with database(request).transaction() as session:
            await billing.profiles.change(
                session, acting(request), account_of(request), {"auto_top_up": wanted}
            )
    except Invalid as error:
        form.take(error)
        return await page_of(request, auto=form, status=status_of(error))
    return back_to(request, "/billing/wallet", _("It is saved."))


async def page_of(
    request: Request, *, currency: str = "", cursor: str = "", auto: AutoForm | None = None,
    error: SeraiError | None = None, typed: Mapping[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """`error`, `typed`: of a top-up that could not begin."""
    require_reader(request)
    actor, account = acting(request), account_of(request)
    async with database(request).transaction() as session:
        profile = await billing.profiles.read(session, actor, account)
        balances = await billing.wallets.balances(session, actor, account)
        sold = await _currencies(session)
        used = [each.currency for each in balances]
        known = list(dict.fromkeys([*used, *([profile.currency] if profile.currency else []), *sold])) or [
            "USD"
        ]
        chosen = currency if currency in known else known[0]
        before = int(cursor) if cursor.isdigit() and len(cursor) < 18 else None
        found = await billing.wallets.movements(
            session, actor, account, chosen, before=before, limit=_A_PAGE + 1
        )
    gateways = await offered(request, chosen)
    async with database(request).transaction() as session:
        payable = await ways(session, actor, account, gateways)
        methods = await billing.payments.methods.of_account(session, actor, account)
    rows = [
        (each, _KINDS.get(each.kind, each.kind), Money(amount, chosen)) for each, amount in found[:_A_PAGE]
    ]
    return shown(
        request, "wallet.html", status, balances=balances, money=Money, currency=chosen, currencies=known, rows=rows,
        next_cursor=rows[-1][0].id if len(found) > _A_PAGE else None, cursor=cursor, ways=payable,
        typed=typed or {}, error=error.message if error else "", profile=profile,
        fields=error.fields if error else {}, auto=_auto(auto, profile.auto_top_up, known, chosen),
        has_default=any(each.is_default for each in methods), chosen=(typed or {}).get("way") or
        next((each.key for each in payable), ""),
    )  # fmt: skip


def _auto(form: AutoForm | None, kept: Mapping[str, Any] | None, known: list[str], currency: str) -> AutoForm:
    if form is None and kept:
        money = {name: f"{Money(kept[name], kept['currency']).decimal:f}" for name in ("threshold", "amount")}
        form = AutoForm(data=money | {"on": True, "currency": kept["currency"]})
    form = form or AutoForm(data={"currency": currency})
    form.currency.choices = [(each, each) for each in known]
    return form


async def _currencies(session: Any) -> list[str]:
    products = await catalog.list_products(session)
    return sorted({
        currency for product in products for package in product.packages for period in package.periods
        for currency in period.prices
    })  # fmt: skip


def _minor(text: str | None, currency: str, field: str) -> int:
    try:
        return Money.parse((text or "").strip(), currency).amount
    except Invalid as error:
        raise Invalid(error.message, fields={field: _("Write an amount such as 25.00.")}) from error

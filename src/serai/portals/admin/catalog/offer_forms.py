"""The forms of coupons and special prices."""

from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _, lazy_str
from serai.kit.money import Money
from serai.modules import catalog
from serai.portals.admin.catalog.common import midnight, percent
from serai.portals.admin.catalog.forms import bps_of, money_of
from serai.portals.ui.forms import Form, choice

DURATIONS = (
    choice("once", lazy_str("For one period")),
    choice("repeating", lazy_str("For some periods")),
    choice("forever", lazy_str("For good")),
)
SCOPES = (
    choice("all", lazy_str("Everything")),
    choice("product", lazy_str("One product")),
    choice("package", lazy_str("One package")),
    choice("price", lazy_str("One period of a package")),
)


class OffForm(Form):
    """Either a percentage or an amount."""

    percent = StringField(lazy_str("Percent off"), [Optional(), Length(max=8)])
    amount = StringField(lazy_str("Amount"), [Optional(), Length(max=20)])
    currency = StringField(lazy_str("Currency"), [Optional(), Length(3, 3)])
    valid_from = DateField(lazy_str("From (UTC)"), [Optional()])
    valid_until = DateField(lazy_str("Until (UTC)"), [Optional()])

    def money(self) -> Money | None:
        if not (self.amount.data or "").strip():
            return None
        return money_of(self.amount.data, self.currency.data, "amount")

    def take(self, error: SeraiError) -> None:
        """The catalogue counts in hundredths of a percent; here it is one field."""
        fields = {"percent" if name == "bps" else name: text for name, text in error.fields.items()}
        super().take(Invalid(error.message, fields=fields))


class CouponForm(OffForm):
    """`version` is empty for a new one."""

    code = StringField(lazy_str("Code"), [InputRequired(), Length(max=40)])
    name = StringField(lazy_str("What it is for"), [Optional(), Length(max=200)])
    duration = SelectField(
        lazy_str("How long it lasts"), [InputRequired()], choices=DURATIONS, default="once"
    )
    periods = IntegerField(lazy_str("How many periods"), [Optional(), NumberRange(1, 1000)])
    max_redemptions = IntegerField(lazy_str("Redemptions at most"), [Optional(), NumberRange(1)])
    max_per_account = IntegerField(lazy_str("Redemptions an account at most"), [Optional(), NumberRange(1)])
    minimum = StringField(lazy_str("For purchases from"), [Optional(), Length(max=20)])
    minimum_currency = StringField(lazy_str("Currency of that amount"), [Optional(), Length(3, 3)])
    period_keys = StringField(lazy_str("Only for the periods"), [Optional(), Length(max=200)])
    packages = StringField(lazy_str("Only for the packages"), [Optional(), Length(max=1000)])
    first_purchase_only = BooleanField(lazy_str("Only for a first purchase"))
    stackable = BooleanField(lazy_str("May be combined with other coupons"))
    active = BooleanField(lazy_str("Can be redeemed"), default=True)
    version = IntegerField(validators=[Optional()])

    def settings(self, packages: dict[str, str]) -> catalog.CouponSettings:
        """`packages`: ids by `product/package`. Raises Invalid at the field that is wrong."""
        off = self.money()
        least = (
            money_of(self.minimum.data, self.minimum_currency.data, "minimum") if self.minimum.data else None
        )
        terms = catalog.CouponTerms(
            bps=bps_of(self.percent.data), amount=off.amount if off else None,
            currency=off.currency if off else None, duration=self.duration.data,
            periods=self.periods.data if self.duration.data == "repeating" else None,
            minimum=least.amount if least else None, minimum_currency=least.currency if least else None,
            package_ids=_ids(self.packages.data, packages), period_keys=tuple(_words(self.period_keys.data)),
            first_purchase_only=self.first_purchase_only.data, stackable=self.stackable.data,
        )  # fmt: skip
        return catalog.CouponSettings(
            terms=terms, name=self.name.data or "", valid_from=midnight(self.valid_from.data),
            valid_until=midnight(self.valid_until.data), max_redemptions=self.max_redemptions.data,
            max_per_account=self.max_per_account.data, active=self.active.data,
        )  # fmt: skip


class SpecialPriceForm(OffForm):
    account = StringField(lazy_str("Account"), [Optional(), Length(max=254)])
    partner_id = StringField(lazy_str("Or the id of a partner"), [Optional(), Length(max=60)])
    scope = SelectField(lazy_str("For what"), [InputRequired()], choices=SCOPES, default="all")
    target = SelectField(lazy_str("Product, package or period"), [Optional()])
    note = TextAreaField(lazy_str("Note"), [Optional(), Length(max=1000)])

    def take(self, error: SeraiError) -> None:
        names = {"account_id": "account", "product_id": "target", "package_id": "target", "period": "target"}
        super().take(
            Invalid(error.message, fields={names.get(n, n): text for n, text in error.fields.items()})
        )


def coupon_as_form(coupon: catalog.CouponView, packages: dict[str, str]) -> dict[str, Any]:
    """As `CouponForm` begins for one that is there."""
    terms, names = coupon.terms, {package_id: name for name, package_id in packages.items()}
    return {
        "code": coupon.code, "name": coupon.name, "percent": percent(terms.bps),
        "amount": _decimal(terms.amount, terms.currency), "currency": terms.currency or "",
        "duration": terms.duration, "periods": terms.periods, "stackable": terms.stackable,
        "minimum": _decimal(terms.minimum, terms.minimum_currency),
        "minimum_currency": terms.minimum_currency or "", "period_keys": " ".join(terms.period_keys),
        "packages": " ".join(names.get(each, each) for each in terms.package_ids),
        "first_purchase_only": terms.first_purchase_only, "valid_from": coupon.valid_from,
        "valid_until": coupon.valid_until, "max_redemptions": coupon.max_redemptions,
        "max_per_account": coupon.max_per_account, "active": coupon.active, "version": coupon.version,
    }  # fmt: skip


def _decimal(amount: int | None, currency: str | None) -> str:
    return str(Money(amount, currency).decimal) if amount is not None and currency else ""


def _ids(text: str | None, packages: dict[str, str]) -> tuple[str, ...]:
    for name in _words(text):
        if name not in packages and name not in packages.values():
            message = _(
                "There is no package %(name)s. Write them as erp/starter, with spaces between.", name=name
            )
            raise Invalid(message, fields={"packages": message})
    return tuple(packages.get(name, name) for name in _words(text))


def _words(text: str | None) -> list[str]:
    return (text or "").replace(",", " ").split()

"""The forms of the catalogue."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import _, lazy_str
from serai.kit.money import Money
from serai.modules import catalog
from serai.portals.ui.forms import Form, choice

_LIMIT = re.compile(r"([a-z][a-z0-9_]{0,39})\s*[=:]\s*([0-9]{1,12})")
VISIBILITIES = (
    choice("public", lazy_str("Public: listed in the storefront")),
    choice("hidden", lazy_str("Hidden: sold by link only")),
    choice("retired", lazy_str("Retired: not sold any more")),
)
UNITS = (
    choice("day", lazy_str("days")), choice("week", lazy_str("weeks")), choice("month", lazy_str("months")),
    choice("year", lazy_str("years")),
)  # fmt: skip
MODELS = (
    choice("per_unit", lazy_str("Per unit: each costs the same")),
    choice("graduated", lazy_str("Graduated: each tier's units cost that tier's price")),
    choice("volume", lazy_str("Volume: all units cost what the tier of the whole quantity says")),
    choice("package", lazy_str("Package: every begun package costs the same")),
)


class TextsForm(Form):
    """The texts of products and packages, in both languages."""

    name_en = StringField(lazy_str("Name in English"), [InputRequired(), Length(max=100)])
    name_ar = StringField(lazy_str("Name in Arabic"), [InputRequired(), Length(max=100)])
    summary_en = StringField(lazy_str("Summary in English"), [InputRequired(), Length(max=500)])
    summary_ar = StringField(lazy_str("Summary in Arabic"), [InputRequired(), Length(max=500)])
    description_en = TextAreaField(lazy_str("Description in English"), [InputRequired(), Length(max=5000)])
    description_ar = TextAreaField(lazy_str("Description in Arabic"), [InputRequired(), Length(max=5000)])
    version = IntegerField(validators=[InputRequired()])

    def texts(self) -> dict[str, dict[str, str]]:
        return {
            name: {code: str(self[f"{name}_{code}"].data).strip() for code in ("en", "ar")}
            for name in ("name", "summary", "description")
        }

    def take(self, error: SeraiError) -> None:
        """A text's mistake is shown at its English field."""
        names = {name: f"{name}_en" for name in ("name", "summary", "description", "features")}
        fields = {names.get(name, name): message for name, message in error.fields.items()}
        super().take(Invalid(error.message, fields=fields))


class PackageForm(TextsForm):
    features_en = TextAreaField(lazy_str("Features in English, one a line"), [Length(max=5000)])
    features_ar = TextAreaField(lazy_str("Features in Arabic, one a line"), [Length(max=5000)])
    visibility = SelectField(lazy_str("Visibility"), [InputRequired()], choices=VISIBILITIES)
    limits = TextAreaField(lazy_str("Limits, one a line"), [Length(max=2000)])
    stock = IntegerField(lazy_str("Stock"), [Optional(), NumberRange(0, 10**9)])
    trial_days = IntegerField(lazy_str("Days to try it"), [InputRequired(), NumberRange(0, 365)])
    trial_requires_method = BooleanField(lazy_str("A trial asks for a payment method first"))

    def validate_limits(self, field: Any) -> None:
        for line in _lines(field.data):
            if not _LIMIT.fullmatch(line):
                raise ValidationError(
                    _("Write a name and a whole number, such as users = 5: %(line)s", line=line)
                )

    def validate_features_ar(self, field: Any) -> None:
        if len(_lines(field.data)) != len(_lines(self.features_en.data)):
            raise ValidationError(_("Write as many lines as in English."))

    def changes(self) -> dict[str, Any]:
        english, arabic = _lines(self.features_en.data), _lines(self.features_ar.data)
        return self.texts() | {
            "features": [{"en": en, "ar": ar} for en, ar in zip(english, arabic, strict=True)],
            "limits": limits_from(self.limits.data), "visibility": self.visibility.data,
            "stock": self.stock.data, "trial_days": self.trial_days.data,
            "trial_requires_method": self.trial_requires_method.data,
        }  # fmt: skip


class PriceForm(Form):
    """`confirmed` is posted by the page that shows what the change means."""

    period = SelectField(lazy_str("Period"), [InputRequired()])
    currency = StringField(lazy_str("Currency"), [InputRequired(), Length(3, 3)])
    amount = StringField(lazy_str("Price for one whole period"), [InputRequired(), Length(max=20)])
    valid_from = DateField(lazy_str("From (UTC)"), [Optional()])

    def money(self) -> Money:
        return money_of(self.amount.data, self.currency.data, "amount")


class PeriodForm(Form):
    period = StringField(lazy_str("Short name, such as fortnightly"), [InputRequired(), Length(2, 40)])
    count = IntegerField(lazy_str("How long"), [InputRequired(), NumberRange(1, 1000)], default=1)
    unit = SelectField(lazy_str("Unit of time"), [InputRequired()], choices=UNITS, default="month")
    currency = StringField(lazy_str("Currency"), [InputRequired(), Length(3, 3)])
    amount = StringField(lazy_str("Price for one whole period"), [InputRequired(), Length(max=20)])

    def validate_period(self, field: Any) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,38}[a-z0-9]", field.data or ""):
            raise ValidationError(_("Write lower-case letters, digits and hyphens, beginning with a letter."))

    def quote(self) -> catalog.Quote:
        money = money_of(self.amount.data, self.currency.data, "amount")
        return catalog.Quote(self.period.data or "", self.unit.data, self.count.data or 1, money)


class TierForm(Form):
    up_to = DecimalField(lazy_str("Up to and with"), [Optional(), NumberRange(0)], places=None)
    unit = DecimalField(lazy_str("Price of one"), [Optional(), NumberRange(0)], places=None)
    flat = DecimalField(lazy_str("Once on top"), [Optional(), NumberRange(0)], places=None)


class ChargeForm(Form):
    """Rows of tiers that are left empty do not count."""

    meter = SelectField(lazy_str("Meter"), [InputRequired()])
    currency = StringField(lazy_str("Currency"), [InputRequired(), Length(3, 3)])
    model = SelectField(lazy_str("Model"), [InputRequired()], choices=MODELS)
    included = DecimalField(
        lazy_str("Included in each period"),
        [InputRequired(), NumberRange(0)],
        places=None,
        default=Decimal(0),
    )
    package_size = DecimalField(lazy_str("Units in one package"), [Optional(), NumberRange(0)], places=None)
    minimum = StringField(lazy_str("Paid at least each period"), [Optional(), Length(max=20)])
    valid_from = DateField(lazy_str("From (UTC)"), [Optional()])
    tiers = FieldList(FormField(TierForm), min_entries=5, max_entries=8)

    def terms(self) -> catalog.ChargeTerms:
        currency = (self.currency.data or "").upper()
        minor = Decimal(10) ** get_currency_precision(currency)
        tiers = tuple(
            catalog.Tier(row.up_to.data, row.unit.data * minor, (row.flat.data or Decimal(0)) * minor)
            for row in self.tiers
            if row.unit.data is not None
        )
        least = money_of(self.minimum.data or "0", currency, "minimum")
        return catalog.ChargeTerms(
            self.model.data,
            self.included.data or Decimal(0),
            tiers,
            self.package_size.data or None,
            least.amount,
        )

    def take(self, error: SeraiError) -> None:
        """What is wrong with the tiers as a whole stands on top."""
        fields = {name: message for name, message in error.fields.items() if name != "tiers"}
        super().take(Invalid(error.message, fields=fields))


def money_of(amount: str | None, currency: str | None, field: str) -> Money:
    """Raises Invalid at `field`."""
    try:
        return Money.parse((amount or "").strip(), (currency or "").strip().upper())
    except Invalid as error:
        raise Invalid(error.message, fields={field: error.message}) from error


def bps_of(text: str | None, field: str = "percent") -> int | None:
    """`bps_of("12.5")` is 1250; nothing for nothing. Raises Invalid at `field`."""
    if not (text or "").strip():
        return None
    message = _("Write a percentage such as 12.5, with two decimals at most.")
    try:
        hundredths = Decimal((text or "").strip()) * 100
        whole = int(hundredths)
    except (InvalidOperation, ValueError, OverflowError):
        raise Invalid(message, fields={field: message}) from None
    if hundredths != whole:
        raise Invalid(message, fields={field: message})
    return whole


def limits_from(text: str | None) -> dict[str, int]:
    found = (_LIMIT.fullmatch(line) for line in _lines(text))
    return {match[1]: int(match[2]) for match in found if match}


def limits_text(limits: Mapping[str, int]) -> str:
    return "\n".join(f"{name} = {number}" for name, number in limits.items())


def texts_of(view: catalog.ProductView | catalog.PackageView) -> dict[str, Any]:
    """As `TextsForm` begins."""
    return {
        f"{name}_{code}": getattr(view, name).get(code, "")
        for name in ("name", "summary", "description")
        for code in ("en", "ar")
    } | {"version": view.version}


def lines_of(texts: Iterable[Mapping[str, str]], code: str) -> str:
    return "\n".join(each[code] for each in texts)


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]

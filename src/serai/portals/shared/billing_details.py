"""Who an invoice is made out to: the form of the checkout and of the console's billing details."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import get_locale, lazy_str
from serai.modules import billing
from serai.portals.ui.forms import Form

PREFIX = "bill-"


class DetailsForm(Form):
    name = StringField(lazy_str("Name on the invoice"), [InputRequired(), Length(max=200)])
    is_business = BooleanField(lazy_str("It is for a business"))
    country = SelectField(lazy_str("Country"), [InputRequired()])
    tax_number = StringField(lazy_str("Tax number"), [Optional(), Length(max=40)])
    line1 = StringField(lazy_str("Street and number"), [InputRequired(), Length(max=200)])
    line2 = StringField(lazy_str("Further address"), [Optional(), Length(max=200)])
    city = StringField(lazy_str("City"), [InputRequired(), Length(max=200)])
    postcode = StringField(lazy_str("Postal code"), [Optional(), Length(max=200)])
    region = StringField(lazy_str("State or province"), [Optional(), Length(max=200)])

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.country.choices = billing.countries.choices()

    def take_fields(self, error: SeraiError) -> None:
        """Only what is about a field of this form; the rest is shown elsewhere."""
        for name, message in error.fields.items():
            if name in self and name != "name":
                self[name].errors = [*self[name].errors, message]

    def changes(self) -> dict[str, Any]:
        """As `billing.profiles.change` takes them."""
        return {
            "name": self.name.data, "country": self.country.data, "is_business": bool(self.is_business.data),
            "tax_number": (self.tax_number.data or "").strip() or None,
            "address": {key: (self[key].data or "").strip() for key in billing.profiles.ADDRESS}, "language": get_locale(),
        }  # fmt: skip


def begun_with(profile: billing.BillingProfile) -> dict[str, Any]:
    """What the form begins with."""
    address = {key: profile.address.get(key, "") for key in billing.profiles.ADDRESS}
    return address | {
        "name": profile.name, "country": profile.country, "is_business": profile.is_business,
        "tax_number": profile.tax_number or "",
    }  # fmt: skip


def is_bare(profile: billing.BillingProfile) -> bool:
    """Nobody has said yet where an invoice goes."""
    return not any(profile.address.values())


def as_if(by: billing.profiles.Billed, values: Mapping[str, str]) -> billing.profiles.Billed:
    """As the account would be billed with what is typed into the form, which nobody has sent yet."""
    country = values.get(f"{PREFIX}country", by.profile.country)
    if not billing.countries.is_country(country):
        return by
    columns = {column.name: getattr(by.profile, column.name) for column in billing.BillingProfile.__table__.columns}
    typed = billing.BillingProfile(**columns)
    typed.country, typed.is_business = country, bool(values.get(f"{PREFIX}is_business"))
    typed.tax_number = _good_number(country, values.get(f"{PREFIX}tax_number", ""))
    return billing.profiles.Billed(typed, by.seller)


def _good_number(country: str, number: str) -> str | None:
    try:
        return billing.tax.check_number(country, number) if number.strip() else None
    except Invalid:
        return None

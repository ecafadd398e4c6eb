"""The form of a seller."""

from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
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
from serai.modules.billing import sellers
from serai.portals.admin.billing.labels import STEPS
from serai.portals.ui.forms import Form, choice

_ROWS = 8
_ADDRESS = ("line1", "line2", "city", "postcode", "region")


class StepForm(Form):
    after = IntegerField(lazy_str("Days after the first failure"), [Optional(), NumberRange(1, 365)])
    do = SelectField(
        lazy_str("What is done"), [Optional()], default="retry",
        choices=[choice(key, STEPS[key]) for key in sellers.STEPS],  # type: ignore[arg-type]
    )  # fmt: skip


class SellerForm(Form):
    """Steps without a day do not count."""

    name = StringField(lazy_str("Name"), [InputRequired(), Length(max=200)])
    country = SelectField(lazy_str("Country"), [Optional()])
    line1 = StringField(lazy_str("Street and number"), [Optional(), Length(max=200)])
    line2 = StringField(lazy_str("Further line"), [Optional(), Length(max=200)])
    postcode = StringField(lazy_str("Postcode"), [Optional(), Length(max=20)])
    city = StringField(lazy_str("City"), [Optional(), Length(max=100)])
    region = StringField(lazy_str("Region"), [Optional(), Length(max=100)])
    email = EmailField(lazy_str("E-mail"), [Optional(), Length(max=254)])
    registration = StringField(lazy_str("Register and number"), [Optional(), Length(max=200)])
    tax_registered = BooleanField(lazy_str("Registered for value added tax"))
    tax_number = StringField(lazy_str("Tax number"), [Optional(), Length(max=40)])
    oss = BooleanField(lazy_str("Takes part in the EU's One Stop Shop"))
    tax_inclusive = BooleanField(lazy_str("Prices include the tax"))
    prefix = StringField(
        lazy_str("Invoice numbers begin with"), [InputRequired(), Length(max=12)], default="INV"
    )
    time_zone = StringField(lazy_str("Time zone"), [InputRequired(), Length(max=60)], default="UTC")
    bank = TextAreaField(lazy_str("How to transfer money"), [Length(max=2000)])
    dunning = FieldList(FormField(StepForm), min_entries=_ROWS, max_entries=_ROWS)

    def validate_bank(self, field: Any) -> None:
        for line in (field.data or "").splitlines():
            if line.strip() and not all(part.strip() for part in line.partition(":")):
                raise ValidationError(_("Write a label, a colon and a value, such as IBAN: DE02 …"))

    def values(self) -> dict[str, Any]:
        """As `sellers.add` and `sellers.change` take them."""
        plain = ("name", "country", "tax_registered", "oss", "tax_inclusive", "prefix", "time_zone")
        optional = ("email", "registration", "tax_number")
        return {
            **{name: _stripped(self[name].data) for name in plain},
            **{name: _stripped(self[name].data) or None for name in optional},
            "country": self.country.data or "",
            "address": {name: _stripped(self[name].data) for name in _ADDRESS if _stripped(self[name].data)},
            "bank": _pairs(self.bank.data or ""),
            "dunning": [
                {"after": row.after.data, "do": row.do.data}
                for row in sorted(self.dunning, key=lambda each: each.after.data or 0)
                if row.after.data
            ],
        }

    def take(self, error: SeraiError) -> None:
        """What is wrong with the steps as a whole stands on top."""
        fields = {name: text for name, text in error.fields.items() if name not in {"dunning", "address"}}
        super().take(Invalid(error.message, fields=fields))


def seller_as_form(found: Any) -> dict[str, Any]:
    """As the form begins for one that is there."""
    names = ("name", "country", "email", "registration", "tax_registered", "tax_number", "oss", "tax_inclusive",
             "prefix", "time_zone")  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        **{name: found.address.get(name, "") for name in _ADDRESS},
        "bank": "\n".join(f"{label}: {value}" for label, value in found.bank.items()),
        "dunning": found.dunning,
    }


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _pairs(text: str) -> dict[str, str]:
    parts = (line.partition(":") for line in text.splitlines() if line.strip())
    return {label.strip(): value.strip() for label, _colon, value in parts}

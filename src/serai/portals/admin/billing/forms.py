"""The forms of the pages about money."""

from typing import Any

from babel.numbers import UnknownCurrencyError
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from serai.kit.errors import Invalid
from serai.kit.i18n import _, lazy_str
from serai.kit.money import Money
from serai.portals.ui.forms import Form, choice


class AmountForm(Form):
    """`amount` as it is typed, such as 29.00."""

    amount = StringField(lazy_str("Amount"), [InputRequired(), Length(max=20)])

    def minor(self, currency: str) -> int:
        """Raises Invalid at the field."""
        return self.money(currency).amount

    def money(self, currency: str) -> Money:
        """Raises Invalid at the field."""
        return _money(self.amount.data, currency, "amount")


class CreditForm(AmountForm):
    reason = StringField(lazy_str("Reason"), [InputRequired(), Length(max=200)])
    to = RadioField(
        lazy_str("What was paid of it goes"), [InputRequired()], default="wallet",
        choices=[
            choice("wallet", lazy_str("into the customer's wallet")),
            choice("payment", lazy_str("back to where it came from")),
        ],
    )  # fmt: skip


class RefundForm(AmountForm):
    reason = StringField(lazy_str("Reason"), [InputRequired(), Length(max=200)])


class DecideForm(AmountForm):
    """What arrived; for a refusal the amount may stay empty."""

    amount = StringField(lazy_str("Amount that arrived"), [Optional(), Length(max=20)])


class AdjustForm(AmountForm):
    direction = RadioField(
        lazy_str("What to do"), [InputRequired()], default="give",
        choices=[choice("give", lazy_str("Put it into the wallet")), choice("take", lazy_str("Take it out"))],
    )  # fmt: skip
    currency = StringField(lazy_str("Currency"), [InputRequired(), Length(3, 3)])
    reason = StringField(lazy_str("Reason"), [InputRequired(), Length(max=200)])
    key = StringField()


class LimitForm(Form):
    limit = StringField(lazy_str("Credit limit"), [InputRequired(), Length(max=20)])
    limit_currency = StringField(lazy_str("Currency"), [InputRequired(), Length(3, 3)])

    def money(self) -> Money:
        """Raises Invalid at the field."""
        return _money(self.limit.data, (self.limit_currency.data or "").upper(), "limit")


class ProfileForm(Form):
    """How an account is billed, with what only staff may set."""

    name = StringField(lazy_str("Name on invoices"), [InputRequired(), Length(max=200)])
    email = StringField(lazy_str("E-mail for invoices"), [Optional(), Length(max=254)])
    country = SelectField(lazy_str("Country"), [Optional()])
    tax_number = StringField(lazy_str("Tax number"), [Optional(), Length(max=40)])
    is_business = BooleanField(lazy_str("A business"))
    tax_exempt = BooleanField(lazy_str("Exempt from tax"))
    terms_days = IntegerField(lazy_str("Days until invoices are due"), [InputRequired(), NumberRange(0, 180)])
    legal_entity_id = SelectField(lazy_str("Seller"), [Optional()])
    partner_id = StringField(lazy_str("Partner's id"), [Optional(), Length(max=60)])
    consolidate = BooleanField(lazy_str("One invoice for all that is due on a day"))
    use_wallet = BooleanField(lazy_str("The wallet pays before any other way"))

    def changes(self) -> dict[str, Any]:
        data = {name: field.data for name, field in self._fields.items()}
        for name in ("email", "tax_number", "legal_entity_id", "partner_id"):
            data[name] = (data[name] or "").strip() or None
        return data


class TaxRateForm(Form):
    country = SelectField(lazy_str("Country"), [InputRequired()])
    percent = StringField(lazy_str("Rate"), [InputRequired(), Length(max=8)])
    valid_from = DateField(lazy_str("From"), [InputRequired()])


def _money(text: str | None, currency: str, field: str) -> Money:
    try:
        return Money.parse((text or "").strip(), currency)
    except (Invalid, UnknownCurrencyError) as error:
        said = _("Write an amount such as 29.00, in a currency such as USD: %(currency)s.", currency=currency)
        raise Invalid(said, fields={field: said}) from error

"""The storefront's forms."""

from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from serai.kit.i18n import LANGUAGES, lazy_str
from serai.portals.ui.forms import Form, choice


class StartForm(Form):
    """Period and currency are what the basket makes of them: what is not sold any more is not an error."""

    name = StringField(lazy_str("Address"), [InputRequired(), Length(max=80)])
    language = SelectField(
        lazy_str("Language of the administrator"),
        [InputRequired()],
        choices=[choice(code, name) for code, name in LANGUAGES.items()],
    )
    product = HiddenField()
    package = HiddenField()
    period = SelectField(lazy_str("Billing period"), validate_choice=False)
    currency = SelectField(lazy_str("Currency"), validate_choice=False)
    coupon = StringField(lazy_str("Coupon"), [Length(max=120)])

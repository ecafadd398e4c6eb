"""The storefront's forms."""

from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from serai.kit.errors import Invalid, SeraiError
from serai.kit.i18n import LANGUAGES, lazy_str
from serai.portals.ui.forms import Form, choice


class StartForm(Form):
    name = StringField(lazy_str("Address"), [InputRequired(), Length(max=80)])
    language = SelectField(
        lazy_str("Language of the administrator"),
        [InputRequired()],
        choices=[choice(code, name) for code, name in LANGUAGES.items()],
    )
    product = HiddenField()
    package = HiddenField()
    period = HiddenField()
    currency = HiddenField()


def show(form: Form, error: SeraiError) -> None:
    """Put what a service refused into the form, whatever kind of error it is."""
    form.take(Invalid(error.message, fields=error.fields))

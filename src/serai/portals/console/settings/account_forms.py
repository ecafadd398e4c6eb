"""Forms of the account's settings."""

from wtforms import BooleanField, EmailField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from serai.kit.i18n import LANGUAGES, lazy_str
from serai.portals.ui.forms import Form, choice


class AccountForm(Form):
    name = StringField(lazy_str("Name of the account"), [InputRequired(), Length(max=100)])


class ProfileForm(Form):
    name = StringField(lazy_str("Your name"), [Optional(), Length(max=100)])
    language = SelectField(
        lazy_str("Language of your mails"), [InputRequired()],
        choices=[choice(code, name) for code, name in LANGUAGES.items()],
    )  # fmt: skip


class ConsentForm(Form):
    hours = IntegerField(lazy_str("For how many hours"), [InputRequired(), NumberRange(1, 168)], default=24)
    may_change = BooleanField(lazy_str("Support may change things, not only look"))


class InvitationForm(Form):
    email = EmailField(lazy_str("E-mail"), [InputRequired(), Length(max=254)])
    role = SelectField(lazy_str("Role"), [InputRequired()], default="viewer")


class RoleForm(Form):
    name = StringField(lazy_str("Name of the role"), [InputRequired(), Length(max=100)])
    permissions = SelectMultipleField(lazy_str("What it allows"))


class KeyForm(Form):
    name = StringField(lazy_str("What it is for"), [InputRequired(), Length(max=100)])
    days = SelectField(
        lazy_str("Expires"), [InputRequired()], default="90",
        choices=[
            choice("7", lazy_str("after a week")), choice("30", lazy_str("after 30 days")),
            choice("90", lazy_str("after 90 days")), choice("365", lazy_str("after a year")),
            choice("0", lazy_str("never")),
        ],
    )  # fmt: skip
    scopes = SelectMultipleField(lazy_str("What it may do"))

"""Forms of the security settings."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from serai.kit.i18n import lazy_str
from serai.portals.ui.forms import Form


class PasswordForm(Form):
    """`current` is asked for only where there is one."""

    current = PasswordField(lazy_str("Present password"), [Optional(), Length(max=256)])
    password = PasswordField(lazy_str("New password"), [InputRequired(), Length(max=256)])


class EmailChangeForm(Form):
    email = EmailField(lazy_str("New e-mail"), [InputRequired(), Length(max=254)])


class AppForm(Form):
    code = StringField(lazy_str("Code of the app"), [InputRequired(), Length(max=20)])


class PasskeyForm(Form):
    name = StringField(lazy_str("Name of the passkey"), [InputRequired(), Length(max=60)])

"""The forms of signing in."""

from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from serai.kit.i18n import lazy_str
from serai.portals.ui.forms import Form

LONGEST_EMAIL, LONGEST_PASSWORD, LONGEST_CODE = 254, 256, 40


class EmailForm(Form):
    email = EmailField(lazy_str("E-mail"), [InputRequired(), Length(max=LONGEST_EMAIL)])
    next = HiddenField()


class CodeForm(Form):
    code = StringField(lazy_str("One-time code"), [InputRequired(), Length(max=20)])
    email = HiddenField()
    next = HiddenField()


class PasswordForm(Form):
    email = EmailField(lazy_str("E-mail"), [InputRequired(), Length(max=LONGEST_EMAIL)])
    password = PasswordField(lazy_str("Password"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class SecondStepForm(Form):
    code = StringField(lazy_str("Code of the app"), [InputRequired(), Length(max=20)])


class RecoveryForm(Form):
    code = StringField(lazy_str("Recovery code"), [InputRequired(), Length(max=LONGEST_CODE)])


class NewPasswordForm(Form):
    password = PasswordField(lazy_str("New password"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    token = HiddenField()

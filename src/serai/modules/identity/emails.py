"""E-mail addresses as they are stored and compared."""

from serai.kit.errors import Invalid
from serai.kit.i18n import _


def clean_email(email: str) -> str:
    from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

    # The operator's own address, admin@serai.localhost, is one that people sign in with.
    if "localhost" in SPECIAL_USE_DOMAIN_NAMES:
        SPECIAL_USE_DOMAIN_NAMES.remove("localhost")
    try:
        found = validate_email(
            email.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        message = _("Enter an e-mail address such as sara@example.com.")
        raise Invalid(message, fields={"email": message}) from None
    return found.normalized.lower()

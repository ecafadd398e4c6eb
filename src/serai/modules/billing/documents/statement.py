"""What stands on a statement of account, in words."""

from typing import Any

from serai.kit.i18n import _, format_date
from serai.modules.billing.documents.content import frame
from serai.modules.billing.documents.model import StatementDocument
from serai.modules.billing.documents.parties import block
from serai.modules.billing.documents.texts import clean, money, period


def content_of(document: StatementDocument) -> dict[str, Any]:
    """JSON for the template, in the present locale."""
    currency = document.currency
    rows = [
        [format_date(line.at), clean(line.text), clean(line.reference), money(line.amount, currency),
         money(line.balance, currency)]
        for line in document.lines
    ]  # fmt: skip
    return {
        **frame(document.language, _("Statement of account"), clean(document.buyer.name)),
        "facts": [[_("Period"), period((document.since, document.until))], [_("Currency"), currency]],
        "seller": block(document.seller),
        "buyer": block(document.buyer),
        "from": _("Issued by"),
        "to": _("Account"),
        "amount": money(abs(document.closing), currency),
        "status": _standing(document.closing),
        "columns": [_("Date"), _("Description"), _("Reference"), _("Amount"), _("Balance")],
        "opening": [_("Opening balance"), money(document.opening, currency)],
        "closing": [_("Closing balance"), money(document.closing, currency)],
        "rows": rows,
    }


def _standing(closing: int) -> str:
    if closing > 0:
        return _("To be paid")
    return _("In your favour") if closing < 0 else _("Nothing is left to pay")

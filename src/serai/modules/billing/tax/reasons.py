"""Why a tax was (not) charged: codes that are stored, and the sentence that stands on the invoice."""

from collections.abc import Mapping

from serai.kit.i18n import LazyText, lazy

REASONS: Mapping[str, LazyText] = {
    "domestic": lazy("Standard rate of the seller's country"),
    "destination": lazy("Rate of the customer's country (One Stop Shop)"),
    "origin": lazy("Rate of the seller's country"),
    "no_tax": lazy("No value added tax is levied in this country."),
    "not_registered": lazy("The seller is not registered for value added tax."),
    "reverse_charge": lazy("Reverse charge: the customer owes the value added tax."),
    "exempt": lazy("The customer is exempt from value added tax."),
    "outside_scope": lazy("Not taxable here: the service is supplied outside the seller's tax territory."),
    "export": lazy("Export of services, zero-rated."),
}


def reason_text(reason: str) -> str:
    """In the reader's language; a text of somebody's own stays as it is."""
    return str(REASONS[reason]) if reason in REASONS else reason

"""A document whose sums do not agree is shown to nobody."""

from serai.kit.errors import Invalid
from serai.modules.billing.documents.model import InvoiceDocument, Line, StatementDocument, TaxTotal


def check_invoice(document: InvoiceDocument) -> None:
    """Raises Invalid naming the first sum that is wrong."""
    sums = (
        ("subtotal and the sum of the lines", document.subtotal, sum(each.amount for each in document.lines)),
        ("subtotal and the sum of the tax bases", document.subtotal, sum(t.base for t in document.taxes)),
        ("tax and the sum of the taxes", document.tax, sum(each.tax for each in document.taxes)),
        ("total and subtotal + tax", document.total, document.subtotal + document.tax),
    )
    for what, one, other in sums:
        if one != other:
            raise _wrong(document.number, f"{what} differ: {one} and {other} minor units")
    for line in document.lines:
        tax_of(document, line)


def tax_of(document: InvoiceDocument, line: Line) -> TaxTotal:
    """The tax a line belongs to. Raises Invalid when that cannot be known."""
    if line.tax_category is None and len(document.taxes) == 1:
        return document.taxes[0]
    for each in document.taxes:
        if each.category == line.tax_category and line.tax_rate in {None, each.rate}:
            return each
    raise _wrong(
        document.number,
        f"the line “{line.description[:60]}” names no tax of the document; set its tax_category and tax_rate",
    )


def check_statement(document: StatementDocument) -> None:
    """Raises Invalid when the movements do not lead from `opening` to `closing`."""
    moved = document.opening + sum(each.amount for each in document.lines)
    if moved != document.closing:
        raise Invalid(
            f"This statement cannot be made: its lines lead to {moved} and it closes with "
            f"{document.closing} minor units."
        )


def _wrong(number: str, what: str) -> Invalid:
    return Invalid(f"Document {number} cannot be made: {what}.", code="billing.document")

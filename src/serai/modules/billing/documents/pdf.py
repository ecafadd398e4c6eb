"""Documents as PDF/A-3, set by typst. Blocking (milliseconds): call it through `asyncio.to_thread`.

Templates get data as JSON and never as markup: nobody's text is read as typst's language.
"""

import json
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from serai.kit import fonts
from serai.kit.i18n import use_locale
from serai.modules.billing.documents import content, facturx, statement
from serai.modules.billing.documents.checks import check_invoice, check_statement
from serai.modules.billing.documents.model import InvoiceDocument, StatementDocument

_TEMPLATES = Path(__file__).parent / "templates"
_STANDARD: Literal["a-3b"] = "a-3b"


def render_invoice(document: InvoiceDocument) -> bytes:
    """An invoice or credit note, with its EN 16931 data inside wherever `facturx.obstacles` finds none.

    The same document gives the same bytes. Raises Invalid when its sums do not agree.
    """
    check_invoice(document)
    with use_locale(document.language):
        shown = content.content_of(document)
        heading = content.title(document)
    pdf = _set("invoice.typ", shown, document.issued_at)
    return pdf if facturx.obstacles(document) else facturx.embed(pdf, document, heading)


def render_statement(document: StatementDocument) -> bytes:
    """An account's movements. Raises Invalid when they do not lead from `opening` to `closing`."""
    check_statement(document)
    with use_locale(document.language):
        shown = statement.content_of(document)
    return _set("statement.typ", shown, datetime.combine(document.until, time(), UTC))


def _set(template: str, shown: dict[str, Any], at: datetime) -> bytes:
    """Errors of typst are ours: no data can cause one."""
    return typst.compile(
        _TEMPLATES / template, root=_TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True, format="pdf",
        sys_inputs={"data": json.dumps(shown, ensure_ascii=False)}, pdf_standards=_STANDARD,
        timestamp=int(at.timestamp()),
    )  # fmt: skip


@cache
def _fonts() -> typst.Fonts:
    """Ours only: what a machine happens to have would make the same document look different."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.directory())]
    )

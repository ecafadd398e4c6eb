"""Tables as CSV files."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from fastapi import Response

from serai.kit import clock
from serai.kit.money import Money

# A spreadsheet takes what begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """With a byte order mark, without which Excel takes Arabic for something else."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([cell(each) for each in header])
    writer.writerows([cell(each) for each in row] for row in rows)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{clock.now():%Y-%m-%d}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers
    )


def cell(value: object) -> str:
    """Numbers as they are; a text that a spreadsheet would reckon with begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, Money):
        return format(value.decimal, "f")
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

"""What the catalogue's pages share."""

from datetime import UTC, date, datetime
from decimal import Decimal

from fastapi import Request, Response

from serai.kit import clock
from serai.kit.errors import SeraiError
from serai.kit.i18n import _
from serai.kit.web.problems import status_of
from serai.modules import catalog
from serai.portals.shared.access import acting, page
from serai.portals.ui.forms import Form

HERE = "/catalog"


def form_page(
    request: Request, template: str, form: Form, *, status: int = 200, **context: object
) -> Response:
    """For those who may change the catalogue."""
    catalog.policy.MANAGE.require(acting(request))
    response = page(request, template, form=form, here=f"/admin{HERE}", **context)
    response.status_code = status
    return response


def refused(form: Form, error: SeraiError) -> int:
    """Shows it in the form; the status to answer with."""
    form.take(error)
    return status_of(error)


def may_manage(request: Request) -> bool:
    return catalog.policy.MANAGE.allows(acting(request))


def midnight(day: date | None) -> datetime | None:
    """When a day begins (UTC); today is now."""
    if day is None:
        return None
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    now = clock.now()
    return now if begins.date() == now.date() else begins


def state_of(version: catalog.PriceView | catalog.ChargeView) -> tuple[str, str]:
    """Label and tone of a version's badge."""
    if version.active:
        return _("Holds"), "success"
    if version.retired_at == version.valid_from:
        return _("Taken back"), "neutral"
    if version.valid_from > clock.now():
        return _("Planned"), "info"
    return _("Past"), "neutral"


def percent(bps: int | None) -> str:
    """`percent(1250)` is 12.5, without a sign; as it is typed."""
    if bps is None:
        return ""
    text = format(Decimal(bps) / 100, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

"""What the pages about money share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from babel.dates import format_date
from fastapi import Request, Response
from markupsafe import Markup

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import SeraiError
from serai.kit.i18n import pick
from serai.kit.i18n.locales import babel_locale
from serai.kit.money import Money
from serai.kit.web.problems import status_of
from serai.modules import billing, catalog, identity
from serai.portals.admin.billing import labels
from serai.portals.shared.access import acting, page
from serai.portals.ui.forms import Form

HERE = "/billing"
A_PAGE, AN_EXPORT = 30, 10_000
_Row = TypeVar("_Row")


def shown(request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    """A page with what its buttons need to know; nothing about money is kept by browsers."""
    actor, policy = acting(request), billing.policy
    rights = {
        "may_refund": policy.REFUND.allows(actor), "may_adjust": policy.ADJUST.allows(actor),
        "may_approve": policy.APPROVE.allows(actor), "may_configure": policy.CONFIGURE.allows(actor),
        "may_pay": policy.PAY.allows(actor), "may_subscribe": policy.SUBSCRIBE.allows(actor),
    }  # fmt: skip
    response = page(
        request, f"admin/billing/{template}", here=f"/admin{HERE}", money=Money, labels=labels,
        **(rights | context),
    )  # fmt: skip
    response.status_code, response.headers["Cache-Control"] = status, "no-store"
    return response


def require_reader(request: Request) -> Actor:
    actor = acting(request)
    billing.policy.READ.require(actor)
    return actor


def gateways_of(request: Request) -> billing.Gateways:
    found: billing.Gateways = request.app.state.platform.gateways
    return found


def refused(form: Form, error: SeraiError) -> int:
    """Shows it in the form; the status to answer with."""
    form.take(error)
    return status_of(error)


def wants_csv(request: Request) -> bool:
    return request.query_params.get("format") == "csv"


def how_many(request: Request) -> int:
    """Rows to read: one more than a page shows."""
    return AN_EXPORT if wants_csv(request) else A_PAGE + 1


def cut(rows: Sequence[_Row]) -> tuple[Sequence[_Row], _Row | None]:
    """A page of the rows read, and its last one if there are more."""
    shown_ = rows[:A_PAGE]
    return shown_, shown_[-1] if len(rows) > A_PAGE else None


def day_of(text: str) -> date | None:
    """What a date field sends; anything else is as if it was left empty."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def begins(day: date | None, *, later: int = 0) -> datetime | None:
    """Midnight, UTC."""
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=later)


def month_of(text: str) -> date:
    """Of `2026-03`; the present one for anything else."""
    return day_of(f"{text}-01") or clock.now().date().replace(day=1)


def months_back(month: date, count: int) -> date:
    """The first day of the month `count` months before."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def month_name(month: date) -> str:
    """“Mar 2026”, in the reader's language."""
    return str(format_date(month, "MMM y", locale=babel_locale()))


async def product_names(session: Session) -> dict[str, str]:
    """By id."""
    found = await catalog.list_products(session, listed_only=False)
    return {each.id: pick(each.name) for each in found}


async def matching(session: Session, actor: Actor, text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The one account a text means, by name, id or a member's address; else those it could mean. An id
    that names nobody finds nothing, rather than everything."""
    text = text.strip()[:254]
    if not text:
        return None, []
    found = await identity.staff.page_of_accounts(session, actor, search=text, limit=9)
    exact = [each for each, _count in found if text in {each.id, each.name}]
    if len(found) == 1 or len(exact) == 1:
        return (exact or [found[0][0]])[0].id, []
    return "none", [(each.id, each.name) for each, _count in found]


def joined(*parts: object) -> Markup:
    return Markup(" · ").join(part if isinstance(part, Markup) else str(part) for part in parts if part)


def amount_of(text: str, currency: str) -> int:
    """Minor units of what somebody typed. Raises Invalid."""
    return Money.parse(text.strip(), currency).amount



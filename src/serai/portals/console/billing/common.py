"""What the pages about money share."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from markupsafe import Markup, escape

from serai.kit.db import Session
from serai.kit.i18n import pick
from serai.kit.permissions import Permission
from serai.modules import billing, catalog
from serai.portals.shared.access import acting, page

HERE = "/console/billing"


def account_of(request: Request) -> str:
    return acting(request).account_id or ""


def may(request: Request, permission: Permission) -> bool:
    return permission.allows(acting(request), account_id=account_of(request))


def require_reader(request: Request) -> None:
    billing.policy.READ.require(acting(request), account_id=account_of(request))


def shown(request: Request, template: str, status: int = 200, **context: object) -> Response:
    """A page with what its buttons need to know; nothing about money is kept by browsers."""
    common: dict[str, object] = {
        "here": HERE, "may_pay": may(request, billing.policy.PAY), "may_subscribe": may(request, billing.policy.SUBSCRIBE),
        "may_edit": may(request, billing.policy.PROFILE),
    }  # fmt: skip
    response = page(request, f"console/billing/{template}", **(common | context))
    response.status_code, response.headers["Cache-Control"] = status, "no-store"
    return response


async def names_of(session: Session, states: Iterable[billing.subscriptions.State]) -> dict[str, str]:
    """Packages' names by id, of all that these subscriptions are or will be of."""
    plans = [plan for state in states for plan in (state.plan, state.pending) if plan is not None]
    ids = sorted({item.package_id for plan in plans for item in plan.items})
    return {key: pick(each.name) for key, each in (await catalog.packages_by_id(session, ids)).items()}


def joined(parts: Iterable[object]) -> Markup:
    return Markup(" · ").join(escape(part) for part in parts)


def day_of(text: str, otherwise: date) -> date:
    """What a date field posts; anything else is as if it was left empty."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def begins(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def ends(day: date, zone: str) -> datetime:
    """When the day is over."""
    return begins(day + timedelta(days=1), zone)

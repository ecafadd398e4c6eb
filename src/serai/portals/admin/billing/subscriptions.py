"""/admin/billing/subscriptions: found by account, product or status; one of them, and what can be done."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import LazyText, _, lazy, pick
from serai.kit.money import Money
from serai.modules import billing, catalog
from serai.modules.billing import reports
from serai.portals.admin.billing import labels
from serai.portals.admin.billing.common import (
    HERE,
    begins,
    cut,
    day_of,
    how_many,
    matching,
    product_names,
    require_reader,
    shown,
    wants_csv,
)
from serai.portals.admin.billing.csv_files import csv_file
from serai.portals.shared import subscription_labels as history_words
from serai.portals.shared.access import acting, database
from serai.portals.shared.acts import apply
from serai.portals.shared.offers import unit_of

router = APIRouter(prefix="/subscriptions")
_NEWEST = 12
_BY_STAFF = "by_staff"
_Act = Callable[[Session, Actor, str, FormData], Awaitable[object]]


@router.get("")
async def subscriptions(
    request: Request,
    status: str = "",
    product: str = "",
    package: str = "",
    account: str = "",
    cursor: str = "",
) -> Response:
    actor = require_reader(request)
    status = status if status in dict(labels.states("subscription")) else ""
    async with database(request).transaction() as session:
        account_id, matches = await matching(session, actor, account)
        found = await billing.subscriptions.page(
            session, actor, status=status or None, product_id=product or None, package_id=package or None,
            account_id=account_id, before=cursor or None, limit=how_many(request),
        )  # fmt: skip
        names = await reports.account_names(session, actor, {each.account_id for each in found})
        states = [billing.subscriptions.state_of(each) for each in found]
        packages = await package_names(session, states)
        products = await catalog.list_products(session, listed_only=False)
    if wants_csv(request):
        return _file(found, states, names, packages)
    rows, last = cut(list(zip(found, states, strict=True)))
    return shown(
        request, "subscriptions.html", rows=rows, names=names, packages=packages, wanted=status, product=product,
        package=package, account=account, matches=matches, cursor=cursor,
        next_cursor=last[0].id if last else None, plan_text=history_words.plan_text,
        products=[(each.id, pick(each.name)) for each in products], statuses=labels.states("subscription"),
        package_choices=_packages_of(products, product), filtered=any((status, product, package, account)),
    )  # fmt: skip


@router.get("/{subscription_id}")
async def subscription(request: Request, subscription_id: str) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        state = await billing.subscriptions.find(session, actor, subscription_id)
        events = await billing.subscriptions.history(session, actor, subscription_id)
        packages = await package_names(session, [state], [each.data for each in events])
        names = await reports.account_names(session, actor, [state.account_id])
        products = await product_names(session)
        invoices = await billing.invoices.reading.newest_of(session, actor, subscription_id, _NEWEST)
        accrued = (await billing.watching.accrued(session, [state])).get(state.id)
        actions = await billing.subscriptions.allowed_actions(session, actor, state)
    return shown(
        request, "subscription.html", state=state, timeline=history_words.timeline(events, packages),
        packages=packages, account_name=names.get(state.account_id, state.account_id), invoices=invoices,
        product=products.get(state.plan.base.product_id, state.plan.base.product_id), usage=accrued,
        plan_text=history_words.plan_text, why=history_words.reason_text(state.reason), monthly=state.monthly, actions=actions,
        unit=unit_of(catalog.PeriodView(key="", unit=state.plan.unit, count=state.plan.count, prices={})),
        tomorrow=clock.now().date() + timedelta(days=1),
    )  # fmt: skip


@router.post("/{subscription_id}/{act}")
async def act(request: Request, subscription_id: str, act: str) -> Response:
    found = _ACTS.get(act)
    if found is None:
        raise HTTPException(404)
    work, said = found
    form = await request.form()
    return await apply(
        request, f"{HERE}/subscriptions/{subscription_id}",
        lambda session, actor: work(session, actor, subscription_id, form), said,
    )  # fmt: skip


async def package_names(
    session: Session, states: Iterable[billing.subscriptions.State], data: Iterable[Mapping[str, Any]] = ()
) -> dict[str, str]:
    """By id, of all that these are, will be and (by their events' `data`) once were of."""
    plans = [plan for state in states for plan in (state.plan, state.pending) if plan is not None]
    ids = {item.package_id for plan in plans for item in plan.items}
    ids |= {item["package_id"] for each in data if "plan" in each for item in each["plan"]["items"]}
    return {
        key: pick(each.name) for key, each in (await catalog.packages_by_id(session, sorted(ids))).items()
    }


async def _cancel(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.cancel(session, actor, subscription_id, _when(form), reason=_BY_STAFF)


async def _keep(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.withdraw_cancellation(session, actor, subscription_id)


async def _keep_plan(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.withdraw_change(session, actor, subscription_id)


async def _pause(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    text = str(form.get("resume_on", "")).strip()
    resume_at = begins(day_of(text))
    if text and resume_at is None:
        raise Invalid(_("Choose a day, such as 2027-01-31."))
    return await billing.subscriptions.pause(
        session, actor, subscription_id, _when(form), resume_at=resume_at
    )


async def _resume(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.resume(session, actor, subscription_id)


def _when(form: FormData) -> Any:
    """Nothing ends at once unless somebody said so."""
    return "now" if form.get("when") == "now" else "period_end"


_ACTS: Mapping[str, tuple[_Act, LazyText]] = {
    "cancel": (_cancel, lazy("It is cancelled.")),
    "keep": (_keep, lazy("It goes on as before.")),
    "keep-plan": (_keep_plan, lazy("The planned change is taken back.")),
    "pause": (_pause, lazy("The pause is noted.")),
    "resume": (_resume, lazy("It goes on.")),
}


def _packages_of(products: Iterable[catalog.ProductView], chosen: str) -> list[tuple[str, str]]:
    """Of the chosen product, or of all."""
    found = [each for each in products if chosen in {"", each.id}]
    return [
        (package.id, pick(package.name) if chosen else f"{pick(each.name)} · {pick(package.name)}")
        for each in found
        for package in (*each.packages, *each.bundles)
    ]


def _file(
    found: Iterable[billing.subscriptions.Subscription], states: Iterable[billing.subscriptions.State], names: dict[str, str], packages: dict[str, str]
) -> Response:
    rows = [
        (row.id, row.status, row.account_id, names.get(row.account_id), state.label,
         history_words.plan_text(state.plan, packages), Money(row.monthly, row.currency), row.currency,
         state.period_start, state.period_end, row.launch_id, row.created_at, row.ended_at)
        for row, state in zip(found, states, strict=True)
    ]  # fmt: skip
    header = ("id", "status", "account_id", "account", "label", "plan", "monthly", "currency", "period_start",
              "period_end", "launch_id", "created_at", "ended_at")  # fmt: skip
    return csv_file("subscriptions", header, rows)

"""/console/billing/subscriptions/<id>: what it is, what happened to it, and what can be done with it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import LazyText, _, lazy, pick
from serai.kit.money import Money
from serai.modules import billing, catalog, launches
from serai.portals.console.billing.common import begins, names_of, shown
from serai.portals.shared import subscription_labels
from serai.portals.shared.access import acting, database
from serai.portals.shared.acts import apply
from serai.portals.shared.offers import unit_of

router = APIRouter()
_NEWEST = 6
_Act = Callable[[Session, Actor, str, FormData], Awaitable[object]]


@router.get("/subscriptions/{subscription_id}")
async def subscription(request: Request, subscription_id: str) -> Response:
    actor = acting(request)
    async with database(request).transaction() as session:
        state = await billing.subscriptions.find(session, actor, subscription_id)
        events = await billing.subscriptions.history(session, actor, subscription_id)
        names = await names_of(session, [state])
        names |= await _names_then(session, [each.data for each in events])
        accrued = await billing.watching.accrued(session, [state])
        coming = await billing.subscriptions.preview_renewal(session, actor, [state])
        limits = await billing.limits.of_subscription(session, actor, subscription_id)
        owed = await billing.subscriptions.to_pay(session, actor, state)
        newest = await _invoices(session, actor, subscription_id)
        ending = await billing.subscriptions.preview_cancellation(session, actor, state.id)
        product, meters = await _product(session, state)
        launch = await _launch(session, actor, state)
        actions = await billing.subscriptions.allowed_actions(session, actor, state)
    period = state.plan
    return shown(
        request, "subscription.html", state=state, names=names, product=product, launch=launch, actions=actions,
        timeline=subscription_labels.timeline(events, names), plan_text=subscription_labels.plan_text, why=subscription_labels.reason_text(state.reason),
        usage=accrued.get(state.id), meters=meters, limits=[(each, Money(each.amount, state.currency)) for each in limits],
        coming=coming[0] if coming else None, owed=[(each, Money(each.due, each.currency)) for each in owed], invoices=newest, ending=ending,
        money=lambda amount: Money(amount, state.currency), unit=unit_of(_as_period(period)),
    )  # fmt: skip


@router.post("/subscriptions/{subscription_id}/{act}")
async def act(request: Request, subscription_id: str, act: str) -> Response:
    found = _ACTS.get(act)
    if found is None:
        raise HTTPException(404)
    work, said = found
    form = await request.form()
    return await apply(
        request, f"/billing/subscriptions/{subscription_id}",
        lambda session, actor: work(session, actor, subscription_id, form), said,
    )  # fmt: skip


async def _cancel(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.cancel(session, actor, subscription_id, _when(form))


async def _keep(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.withdraw_cancellation(session, actor, subscription_id)


async def _keep_plan(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    return await billing.subscriptions.withdraw_change(session, actor, subscription_id)


async def _pause(session: Session, actor: Actor, subscription_id: str, form: FormData) -> object:
    state = await billing.subscriptions.find(session, actor, subscription_id)
    text = str(form.get("resume_on", "")).strip()
    try:
        resume_at = begins(date.fromisoformat(text), state.time_zone) if text else None
    except ValueError:
        raise Invalid(_("Choose a day, such as 2027-01-31.")) from None
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


async def _names_then(session: Session, data: list[dict[str, Any]]) -> dict[str, str]:
    """What it was of before, too."""
    ids = sorted({item["package_id"] for each in data if "plan" in each for item in each["plan"]["items"]})
    return {key: pick(each.name) for key, each in (await catalog.packages_by_id(session, ids)).items()}


async def _invoices(
    session: Session, actor: Actor, subscription_id: str
) -> list[tuple[billing.invoices.Invoice, Money]]:
    found = await billing.invoices.reading.newest_of(session, actor, subscription_id, _NEWEST)
    return [(each, Money(each.total, each.currency)) for each in found]


async def _product(session: Session, state: billing.subscriptions.State) -> tuple[str, dict[str, str]]:
    """Its product's name, and its meters' by id."""
    products = {each.id: each for each in await catalog.list_products(session, listed_only=False)}
    found = products.get(state.plan.base.product_id)
    meters = await catalog.meters_of(session, state.plan.base.product_id)
    return (pick(found.name) if found else ""), {each.id: pick(each.name) for each in meters}


async def _launch(session: Session, actor: Actor, state: billing.subscriptions.State) -> launches.Launch | None:
    if not state.launch_id or not launches.policy.READ.allows(actor, account_id=state.account_id):
        return None
    try:
        return await launches.find(session, actor, state.launch_id)
    except launches.LaunchNotFound:
        return None


def _as_period(plan: Any) -> catalog.PeriodView:
    return catalog.PeriodView(key="", unit=plan.unit, count=plan.count, prices={})

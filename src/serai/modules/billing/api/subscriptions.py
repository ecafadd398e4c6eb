"""/api/v1/subscriptions"""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.web.api import ROOT, Answer, Call, CallOnce, Cursor, Limit, Page, page_of
from serai.kit.web.openapi import returns
from serai.modules.billing import subscriptions
from serai.modules.billing.plan_change import PlanChange, When
from serai.modules.billing.schemas import (
    SubscriptionEventView,
    SubscriptionView,
    TotalsView,
    UsageView,
    event_view,
    subscription_view,
    totals_view,
    usage_view,
)
from serai.modules.billing.subscriptions import state_of
from serai.modules.billing.usage import watching

router = APIRouter(prefix=f"{ROOT}/subscriptions", tags=["billing"])
Id = Annotated[str, Path(max_length=64, description="The subscription's id, sub_…")]


class Cancellation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    when: When = "period_end"


class Pause(BaseModel):
    """`resume_at`: when it goes on by itself; without it, when somebody says so."""

    model_config = ConfigDict(extra="forbid")

    when: When = "now"
    resume_at: AwareDatetime | None = None


class PreviewView(msgspec.Struct, frozen=True):
    """`now`: what is charged at once (below zero: given back), null for nothing. `later`: each period then."""

    now: TotalsView | None
    later: TotalsView
    renews: datetime


class Events(msgspec.Struct, frozen=True):
    data: list[SubscriptionEventView]


@router.get("", responses=returns(200, Page[SubscriptionView]))
async def list_subscriptions(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Newest first."""

    async def work(session: Session, actor: Actor) -> Answer:
        rows = await subscriptions.page(session, actor, status=status, before=cursor, limit=limit + 1)
        return page_of(call.request, [subscription_view(state_of(row)) for row in rows], limit)

    return await call.answer(work)


@router.get("/{subscription_id}", responses=returns(200, SubscriptionView))
async def get_subscription(call: Call, subscription_id: Id) -> Response:
    """One subscription as it stands."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(subscription_view(await subscriptions.find(session, actor, subscription_id)))

    return await call.answer(work)


@router.get("/{subscription_id}/events", responses=returns(200, Events))
async def list_events(call: Call, subscription_id: Id) -> Response:
    """All that happened to it, oldest first."""

    async def work(session: Session, actor: Actor) -> Answer:
        rows = await subscriptions.history(session, actor, subscription_id)
        return Answer(Events([event_view(row) for row in rows]))

    return await call.answer(work)


@router.get("/{subscription_id}/usage", responses=returns(200, UsageView))
async def get_usage(call: Call, subscription_id: Id) -> Response:
    """What the running period's usage costs by now."""

    async def work(session: Session, actor: Actor) -> Answer:
        state = await subscriptions.find(session, actor, subscription_id)
        found = (await watching.accrued(session, [state])).get(state.id)
        if found is None:
            since = state.usage_from or state.created_at
            return Answer(UsageView(state.id, since, state.currency, 0, False, ()))
        return Answer(usage_view(found))

    return await call.answer(work)


@router.post("/{subscription_id}/preview", responses=returns(200, PreviewView))
async def preview_change(call: CallOnce, subscription_id: Id, change: PlanChange) -> Response:
    """What a change would cost. Changes nothing."""

    async def work(session: Session, actor: Actor) -> Answer:
        found = await subscriptions.preview_change(session, actor, subscription_id, change.choice(), change.when)
        now = totals_view(found.now) if found.now else None
        return Answer(PreviewView(now, totals_view(found.later), found.renews))

    return await call.answer_once(work)


@router.post("/{subscription_id}/cancel", responses=returns(200, SubscriptionView))
async def cancel_subscription(
    call: CallOnce, subscription_id: Id, intent: Cancellation | None = None
) -> Response:
    """At the period's end, or now: what is left is credited to the wallet."""
    when = (intent or Cancellation()).when

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(subscription_view(await subscriptions.cancel(session, actor, subscription_id, when)))

    return await call.answer_once(work)


@router.post("/{subscription_id}/keep", responses=returns(200, SubscriptionView))
async def keep_subscription(call: CallOnce, subscription_id: Id) -> Response:
    """Take a planned cancellation back."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(
            subscription_view(await subscriptions.withdraw_cancellation(session, actor, subscription_id))
        )

    return await call.answer_once(work)


@router.post("/{subscription_id}/pause", responses=returns(200, SubscriptionView))
async def pause_subscription(call: CallOnce, subscription_id: Id, intent: Pause | None = None) -> Response:
    """The system rests and nothing is billed; what is left of the period is kept."""
    wanted = intent or Pause()

    async def work(session: Session, actor: Actor) -> Answer:
        state = await subscriptions.pause(
            session, actor, subscription_id, wanted.when, resume_at=wanted.resume_at
        )
        return Answer(subscription_view(state))

    return await call.answer_once(work)


@router.post("/{subscription_id}/resume", responses=returns(200, SubscriptionView))
async def resume_subscription(call: CallOnce, subscription_id: Id) -> Response:
    """End a pause."""

    async def work(session: Session, actor: Actor) -> Answer:
        return Answer(subscription_view(await subscriptions.resume(session, actor, subscription_id)))

    return await call.answer_once(work)

"""Alerts and caps of what use may cost."""

from fastapi import APIRouter, Request, Response

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.i18n import _
from serai.kit.money import Money
from serai.modules import billing
from serai.portals.shared.acts import apply

router = APIRouter()


@router.post("/subscriptions/{subscription_id}/limits")
async def add(request: Request, subscription_id: str) -> Response:
    posted = await request.form()
    action, typed = str(posted.get("action", "")), str(posted.get("amount", "")).strip()

    async def work(session: Session, actor: Actor) -> None:
        state = await billing.subscriptions.find(session, actor, subscription_id)
        amount = Money.parse(typed, state.currency).amount
        await billing.limits.add(session, actor, subscription_id, action, amount)

    said = _("It holds from the next period on.") if action == "cap" else _("We watch it from now on.")
    return await apply(request, _path(subscription_id), work, said)


@router.post("/subscriptions/{subscription_id}/limits/{limit_id}/remove")
async def remove(request: Request, subscription_id: str, limit_id: str) -> Response:
    async def work(session: Session, actor: Actor) -> None:
        await billing.limits.remove(session, actor, limit_id)

    return await apply(request, _path(subscription_id), work, _("It is removed."))


def _path(subscription_id: str) -> str:
    return f"/billing/subscriptions/{subscription_id}"

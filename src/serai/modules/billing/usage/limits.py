"""Spend alerts and caps of a subscription's usage."""

from collections.abc import Sequence
from datetime import datetime

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.billing import policy
from serai.modules.billing.subscriptions import reading
from serai.modules.billing.subscriptions.state import State
from serai.modules.billing.usage import queries
from serai.modules.billing.usage.models import UsageLimit

_MOST = 10


async def of_subscription(session: Session, actor: Actor, subscription_id: str) -> Sequence[UsageLimit]:
    await reading.find(session, actor, subscription_id)
    return await queries.limits(session, [subscription_id])


async def add(session: Session, actor: Actor, subscription_id: str, action: str, amount: int) -> UsageLimit:
    """`alert`: a mail when a period's usage costs that much; `cap`: never billed more than that. A
    customer's own cap counts from the next period on, staff's and alerts from the running one."""
    state = await reading.find(session, actor, subscription_id)
    policy.SUBSCRIBE.require(actor, account_id=state.account_id)
    if action not in {"alert", "cap"} or amount <= 0:
        text = _("An alert or a cap is for an amount above zero.")
        raise Invalid(text, fields={"amount": text})
    if len(await queries.limits(session, [subscription_id])) >= _MOST:
        raise Invalid(_("A subscription has %(most)s alerts and caps at most.", most=_MOST))
    made = UsageLimit(
        id=ids.new("lim"), subscription_id=subscription_id, account_id=state.account_id, action=action,
        amount=amount, counts_from=_counts_from(actor, state, action), told_for=None, created_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await events.publish(
        session, actor, "billing.usage_limit_added", made.id, state.account_id,
        after={"action": action, "amount": amount, "subscription_id": subscription_id},
    )  # fmt: skip
    return made


async def remove(session: Session, actor: Actor, limit_id: str) -> None:
    row = await session.get(UsageLimit, limit_id)
    if row is None or not actor.sees(row.account_id):
        raise NotFound(_("There is no such alert or cap."))
    policy.SUBSCRIBE.require(actor, account_id=row.account_id)
    await session.delete(row)
    await session.flush()
    await events.publish(
        session, actor, "billing.usage_limit_removed", limit_id, row.account_id,
        before={"action": row.action, "amount": row.amount},
    )  # fmt: skip


def _counts_from(actor: Actor, state: State, action: str) -> datetime:
    now = clock.now()
    if action == "alert" or actor.is_platform:
        return min(state.usage_from or now, now)
    # Else a customer could use much and cap it before it is billed. The next usage begins where the
    # period ends, or earlier, when the package changes before.
    return min(state.period_end or now, now)

"""Saved ways to pay."""

from collections.abc import Sequence

from serai.kit import events
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict
from serai.kit.i18n import _
from serai.modules.billing import policy
from serai.modules.billing.errors import MethodNotFound
from serai.modules.billing.payments import queries
from serai.modules.billing.payments.gateways import Gateways
from serai.modules.billing.payments.models import PaymentMethod
from serai.modules.billing.subscriptions import Subscription, state_of
from serai.modules.billing.subscriptions import queries as subscription_queries


async def of_account(session: Session, actor: Actor, account_id: str) -> Sequence[PaymentMethod]:
    """The default first."""
    policy.READ.require(actor, account_id=account_id)
    return await queries.methods(session, account_id)


async def has_any(session: Session, account_id: str) -> bool:
    """Whoever orders for the account may know that, and nothing more of it."""
    return bool(await queries.methods(session, account_id))


async def make_default(session: Session, actor: Actor, method_id: str) -> None:
    """Renewals are charged to it from now on. What is overdue `collecting.try_now` tries with it."""
    method = await _own(session, actor, method_id)
    await queries.no_default(session, method.account_id)
    method.is_default = True
    await session.flush()
    await events.publish(
        session, actor, "billing.method_made_default", method.id, method.account_id, label=method.label
    )


async def remove(session: Session, actor: Actor, gateways: Gateways, method_id: str) -> tuple[str, str]:
    """Forget it here; its gateway and its reference there are answered for `forget`, outside of the
    transaction. Raises Conflict while it is the only one that running subscriptions are paid by."""
    method = await _own(session, actor, method_id)
    others = [each for each in await queries.methods(session, method.account_id) if each.id != method.id]
    running = await subscription_queries.of_account(session, method.account_id, over=False)
    if not others and any(_is_paid_by_it(row) for row in running):
        raise Conflict(
            _("Running subscriptions are paid by it. Save another way to pay first, or cancel them.")
        )
    reference = gateways.vault.open(method.sealed_reference)
    was_default = method.is_default
    method.state, method.is_default, method.sealed_reference = "removed", False, gateways.vault.seal("")
    if was_default and others:
        others[0].is_default = True
    await session.flush()
    await events.publish(
        session, actor, "billing.method_removed", method.id, method.account_id, label=method.label
    )
    return method.gateway, reference


def _is_paid_by_it(row: Subscription) -> bool:
    """Also a trial, which will be."""
    plan = state_of(row).plan
    return row.status in {"trialing", "active", "past_due"} and any(item.price for item in plan.items)


async def _own(session: Session, actor: Actor, method_id: str) -> PaymentMethod:
    method = await queries.method(session, method_id, lock=True)
    if method is None or not actor.sees(method.account_id):
        raise MethodNotFound(_("This way to pay is not saved any more."))
    policy.PAY.require(actor, account_id=method.account_id)
    return method

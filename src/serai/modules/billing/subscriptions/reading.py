"""Look subscriptions up, as far as the actor may see them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from serai.kit import clock
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules import catalog
from serai.modules.billing import policy
from serai.modules.billing.invoices import queries as invoice_queries
from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.subscriptions import queries, store
from serai.modules.billing.subscriptions.models import Subscription, SubscriptionEvent
from serai.modules.billing.subscriptions.state import State

_LONG_AGO = timedelta(days=90)


async def find(session: Session, actor: Actor, subscription_id: str) -> State:
    """Raises SubscriptionNotFound."""
    row = await queries.find(session, actor, subscription_id)
    if row is None:
        raise store.not_found()
    policy.READ.require(actor, account_id=row.account_id)
    return store.state_of(row)


async def of_launch(session: Session, launch_id: str) -> State | None:
    """That of a system, for whoever sees the system."""
    row = await queries.of_launch(session, launch_id)
    return store.state_of(row) if row else None


async def launches_at_rest(session: Session) -> Sequence[str]:
    """Ids of systems that are not to run by what their subscriptions say."""
    return await queries.at_rest(session, clock.now() - _LONG_AGO)


async def packages_of_launches(session: Session) -> dict[str, list[tuple[str, int]]]:
    """What each system that is to run is subscribed to: its package first, then its add-ons, each as its
    package's id and how many."""
    rows = await queries.served_launches(session)
    return {
        launch_id: [(item["package_id"], item["quantity"]) for item in items] for launch_id, items in rows
    }


async def of_account(session: Session, actor: Actor, account_id: str, *, over: bool = True) -> list[State]:
    """Newest first; `over`: also those that have ended."""
    policy.READ.require(actor, account_id=account_id)
    return [store.state_of(row) for row in await queries.of_account(session, account_id, over=over)]


async def page(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    product_id: str | None = None,
    package_id: str | None = None,
    account_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Subscription]:
    """Newest first."""
    policy.READ.require(actor, account_id=account_id or actor.account_id)
    return await queries.page(
        session, actor, status=status, product_id=product_id, package_id=package_id,
        account_id=account_id, before=before, limit=limit,
    )  # fmt: skip


async def to_pay(session: Session, actor: Actor, state: State) -> Sequence[Invoice]:
    """Its order that waits to be paid, or its open invoices, the oldest first."""
    policy.READ.require(actor, account_id=state.account_id)
    found = list(await invoice_queries.open_of_subscription(session, state.id))
    if state.status == "incomplete" and state.order_invoice_id:
        found.append(await session.get_one(Invoice, state.order_invoice_id))
    return [each for each in found if each.is_payable]


async def periods_with_coupons(
    session: Session, actor: Actor, subscription_ids: Iterable[str]
) -> dict[str, int]:
    """How many periods of these subscriptions were billed with each coupon's redemption, by the redemption."""
    catalog.policy.READ.require(actor)
    return await queries.periods_with(session, sorted(set(subscription_ids)))


async def history(session: Session, actor: Actor, subscription_id: str) -> Sequence[SubscriptionEvent]:
    """All that happened to it, oldest first."""
    await find(session, actor, subscription_id)
    return await queries.history(session, subscription_id)

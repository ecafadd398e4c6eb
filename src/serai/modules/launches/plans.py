"""Change what a system is subscribed to. Room comes first, money after it."""

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid
from serai.kit.i18n import _
from serai.modules import billing, catalog, fleet
from serai.modules.launches import subscription_sync
from serai.modules.launches.models import Launch


async def change_plan(
    session: Session, actor: Actor, subscription_id: str, choice: billing.subscriptions.Choice, when: str, *,
    version: int | None = None,
) -> tuple[billing.subscriptions.State, billing.invoices.Invoice | None]:  # fmt: skip
    """A larger package is charged only when its server has the room for it. Raises NoCapacity, and what
    `billing.subscriptions.change` raises; then nothing has changed."""
    if when not in {"now", "period_end"}:
        raise Invalid(_("A change is made now or at the period's end."))
    before = await billing.subscriptions.find(session, actor, subscription_id)
    if when == "now" and before.launch_id:
        await _reserve(session, before, choice)
    state, invoice = await billing.subscriptions.change(
        session, actor, subscription_id, choice, "now" if when == "now" else "period_end", version=version
    )
    return state, invoice


async def _reserve(
    session: Session, before: billing.subscriptions.State, choice: billing.subscriptions.Choice
) -> None:
    launch = await session.get(Launch, before.launch_id)
    if launch is None or launch.is_gone or await fleet.allocation(session, launch.id) is None:
        return
    product, package = await catalog.get_package(session, choice.product, choice.package)
    known = {each.key: each for each in product.addons}
    addons = [(known[key], quantity) for key, quantity in choice.addons.items() if quantity and key in known]
    resources, _limits = catalog.resources_with(package, addons)
    now = launch.resources or await subscription_sync.resources_of(session, before)
    if resources["memory"] > now["memory"]:
        await fleet.resize(session, launch.id, int(resources["memory"]))

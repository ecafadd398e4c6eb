"""Money that a walk finds in the owner's account: made anew where a walk would use it up."""

import itertools

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM, Actor
from serai.modules import billing
from serai.modules.billing import invoices
from serai.modules.billing.invoices.lines import InvoiceDraft, LineDraft
from serai.modules.billing.payments import PaymentIntent, PaymentMethod
from serai.modules.billing.subscriptions import Choice, Order
from tests.factories import World

_numbers = itertools.count(1)


async def subscription(world: World, owner: Actor) -> str:
    """Of something free, so that nothing has to be paid for it."""
    async with world.database.transaction() as session:
        made = await billing.subscriptions.order(session, owner, Order(Choice("hello")))
    return made.state.id


async def invoice(world: World, owner: Actor) -> str:
    """Issued and unpaid."""
    account_id = owner.account_id or ""
    async with world.database.transaction() as session:
        await billing.profiles.ensure(session, SYSTEM, account_id)
        line = LineDraft(kind="manual", text={"key": "text", "text": "A walk"}, gross=1000, product_id="none")
        draft = InvoiceDraft(f"walk/{next(_numbers)}", account_id, "USD", "manual", (line,))
        made = (await invoices.issuing.draft(session, [draft], clock.now()))[draft.key]
        await invoices.issuing.issue(session, [made], clock.now())
        return made.id


async def payment(world: World, owner: Actor) -> str:
    """Begun, not started."""
    invoice_id = await invoice(world, owner)
    async with world.database.transaction() as session:
        intent = PaymentIntent(gateway="sandbox")
        return (await billing.payments.paying.pay_invoice(session, owner, invoice_id, intent)).id


async def method(world: World, owner: Actor) -> str:
    made = PaymentMethod(
        id=ids.new("pm"), account_id=owner.account_id, gateway="sandbox", kind="card", label="Visa •••• 4242",
        expires="2034-12", sealed_reference=world.platform.vault.seal("walk"), payer_reference=None,
        state="active", is_default=False, created_at=clock.now(),
    )  # fmt: skip
    async with world.database.transaction() as session:
        session.add(made)
    return made.id


async def limit(world: World, owner: Actor) -> str:
    subscription_id = await subscription(world, owner)
    async with world.database.transaction() as session:
        return (await billing.limits.add(session, owner, subscription_id, "alert", 1000)).id

"""What billing tests begin with: a product with packages, an account, and time that moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.money import Money
from serai.modules import billing, registered
from serai.modules.billing import ledger, subscriptions
from serai.modules.billing.invoices.models import Invoice, InvoiceLine
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import Payment, PaymentIntent
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.profiles.models import LegalEntity
from serai.modules.billing.subscriptions import Choice, Order, State
from tests.factories import World

GOOD, CONFIRMS, NO_FUNDS, FAILS_LATER, SLOW = (
    "4242424242424242", "4000002500003155", "4000000000009995", "4000000000000341", "4000000000000259",
)  # fmt: skip


BILLING = tuple(each.task for module in registered() if module.name == "billing" for each in module.schedules)


@dataclass
class Shop:
    """Buys, waits and looks, as the system's own."""

    world: World
    clock: clock.MovableClock
    numbers: dict[str, int] = field(default_factory=dict)

    async def do(self, function: Any, *arguments: Any, **more: Any) -> Any:
        """Call a service in a transaction of its own."""
        async with self.world.database.transaction() as session:
            return await function(session, *arguments, **more)

    async def fill(self, actor: Actor, amount: int, currency: str = "USD") -> None:
        """Money into the wallet, from nowhere in particular."""
        self.numbers["fill"] = self.numbers.get("fill", 0) + 1
        await self.do(
            ledger.post,
            ledger.between(LedgerAccountKey("bank"), LedgerAccountKey("wallet", actor.account_id), Money(amount, currency),
                           key=f"fill/{actor.account_id}/{self.numbers['fill']}", kind="top_up",
                           account_id=actor.account_id),
        )  # fmt: skip

    async def wallet(self, actor: Actor, currency: str = "USD") -> int:
        return await self.do(ledger.queries.balance, LedgerAccountKey("wallet", actor.account_id), currency)

    @property
    def gateways(self) -> billing.Gateways:
        return self.world.platform.gateways

    async def open_sandbox(self) -> None:
        await self.do(billing.payments.set_up, SYSTEM, self.gateways, "sandbox", {}, test_mode=True)
        await self.gateways.test("sandbox")
        await self.do(billing.payments.switch, SYSTEM, "sandbox", on=True)

    async def pay(self, actor: Actor, invoice: Invoice, card: str = GOOD, *, save: bool = False) -> Payment:
        """As a payer does: begin, fill the gateway's page in, come back."""
        intent = PaymentIntent(gateway="sandbox", save_method=save)
        payment = await self.do(billing.payments.paying.pay_invoice, actor, invoice.id, intent)
        return await self.fill_in(payment, card)

    async def fill_in(self, payment: Payment, card: str = GOOD) -> Payment:
        begun = await billing.payments.paying.start(self.gateways, payment.id)
        gateway = await self.gateways.get("sandbox")
        await gateway.submit(
            begun.reference,
            {
                "number": card,
                "expires": "12/34",
                "save": "on" if payment.save_method or payment.purpose == "save_method" else "",
            },
        )
        return await billing.payments.paying.sync(self.gateways, payment.id)

    async def save_card(self, actor: Actor, card: str = GOOD) -> Payment:
        intent = PaymentIntent(gateway="sandbox", save_method=True)
        payment = await self.do(billing.payments.paying.save_method, actor, actor.account_id, "USD", intent)
        return await self.fill_in(payment, card)

    async def work(self, moment: datetime | None = None) -> None:
        """Everything the worker does, at that moment."""
        if moment is not None:
            self.clock.move(moment - clock.now())
        await self.world.run_schedules(*BILLING)
        while await self.world.handle_events():
            await self.world.run_schedules(*BILLING)

    async def order(self, actor: Actor, package: str = "starter", **more: Any) -> subscriptions.Ordered:
        more.setdefault("period", "monthly")
        choice = {
            name: more.pop(name) for name in ("period", "currency", "quantity", "addons") if name in more
        }
        more.setdefault("trial", False)
        wanted = Order(Choice(more.pop("product", "shop"), package, **choice), **more)
        return await self.do(subscriptions.order, actor, wanted)

    async def at(self, moment: datetime) -> subscriptions.renewal_run.Run:
        """Move the clock there and renew what is due."""
        self.clock.move(moment - clock.now())
        return await subscriptions.renew_all(self.world.database)

    async def profile(self, actor: Actor, **changes: Any) -> None:
        await self.do(profiles.change, SYSTEM, actor.account_id, changes)

    async def seller(self, **changes: Any) -> None:
        async with self.world.database.transaction() as session:
            entity = await session.get_one(LegalEntity, "ent_first")
            for name, value in changes.items():
                setattr(entity, name, value)

    async def state(self, of: State) -> State:
        return await self.do(subscriptions.find, SYSTEM, of.id)

    async def invoices(self, actor: Actor) -> list[Invoice]:
        async with self.world.database.transaction() as session:
            query = billing.invoices.queries.visible_to(SYSTEM).where(Invoice.account_id == actor.account_id)
            return list((await session.execute(query.order_by(Invoice.id))).scalars())

    async def lines(self, invoice: Invoice) -> list[InvoiceLine]:
        return (await self.do(billing.invoices.queries.lines, [invoice.id]))[invoice.id]

    async def rows(self, query: str, **parameters: Any) -> list[Mapping[str, Any]]:
        async with self.world.database.transaction() as session:
            return [dict(row) for row in (await session.execute(text(query), parameters)).mappings()]

    async def books_hold(self) -> None:
        found = await self.do(ledger.verify)
        assert found.holds, found.checks

"""What staff's pages about money are tested on: two accounts that pay, one that owes, and a transfer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serai.kit.actor import Actor
from serai.modules import billing
from serai.modules.billing import subscriptions
from serai.modules.billing.payments import Payment, PaymentIntent
from serai.modules.billing.subscriptions import Choice
from tests.integration.modules.billing.shop import Shop
from tests.integration.portals.billing_stage import open_gateway
from tests.integration.portals.conftest import Visitor

IBAN = "DE02120300000000202051"


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@dataclass
class Books:
    """`payer` paid by card in March and by upgrade in April; `debtor` owes two months by the fifth of May."""

    shop: Shop
    payer: Actor
    debtor: Actor
    paid: subscriptions.State
    owed: subscriptions.State
    sign_in: Callable[..., Any]

    async def staff(self, role: str = "superadmin") -> Visitor:
        found: Visitor = await self.sign_in(await self.shop.world.account(staff=True, staff_role=role))
        return found

    async def transfer(self) -> Payment:
        """Begun by the debtor, and waiting to arrive."""
        await open_gateway(self.shop.world, "bank_transfer", holder="Serai", iban=IBAN)
        invoice = (await self.shop.invoices(self.debtor))[-1]
        intent = PaymentIntent(gateway="bank_transfer")
        made = await self.shop.do(billing.payments.paying.pay_invoice, self.debtor, invoice.id, intent)
        return await billing.payments.paying.start(self.shop.gateways, made.id)


async def make_books(shop: Shop, sign_in: Callable[..., Any]) -> Books:
    payer, debtor = await shop.world.account(), await shop.world.account()
    await open_gateway(shop.world)
    await shop.save_card(payer)
    ordered = await shop.order(payer)
    await shop.pay(payer, ordered.to_pay)
    await shop.fill(debtor, 1000)
    owed = await shop.order(debtor)
    await shop.work(day(4, 1))
    await shop.do(subscriptions.change, payer, ordered.state.id, Choice("shop", "business", "monthly"), "now")
    await shop.work(day(4, 2))
    await shop.work(day(5, 1))
    await shop.work(day(5, 5))
    return Books(shop, payer, debtor, await shop.state(ordered.state), await shop.state(owed.state), sign_in)

"""Do what a scenario says, through the services that people and workers use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, SeraiError
from serai.kit.money import Money
from serai.modules import catalog, identity
from serai.modules.billing import ledger, subscriptions
from serai.modules.billing.ledger import LedgerAccountKey
from serai.modules.billing.payments import collecting, overdue, paying
from serai.modules.billing.payments import queries as payment_queries
from serai.modules.billing.payments.paying import PaymentIntent
from serai.modules.billing.profiles import queries as profile_queries
from serai.modules.billing.profiles import service as profiles
from serai.modules.billing.simulation.gateway import SimulatedGateways
from serai.modules.billing.simulation.scenario import Action, Customer, Scenario
from serai.modules.billing.subscriptions import Choice, Order, State
from serai.modules.billing.usage.ingesting import UsageReport, take


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One price from some moment on, in minor units; `also_running`: for running subscriptions, too."""

    package_id: str
    period: str
    amount: Money
    at: datetime
    also_running: bool


class Cast:
    """Everybody in a scenario, and what they do."""

    def __init__(self, gateways: SimulatedGateways, scenario: Scenario) -> None:
        self._gateways = gateways
        self._scenario = scenario
        self._actors: dict[str, Actor] = {}
        self._subscriptions: dict[str, str] = {}
        self._usage = 0

    @property
    def subscriptions(self) -> dict[str, str]:
        """Name → id."""
        return self._subscriptions

    def account_id(self, name: str) -> str:
        return self._actors[name].account_id or ""

    async def assemble(self) -> None:
        """The seller, the product, and the customers."""
        async with self._gateways.database.transaction() as session:
            await self._gateways.prepare(session)
            seller = next(iter((await profile_queries.entities(session)).values()))
            for name, value in self._scenario.seller.items():
                setattr(seller, name, value)
            release = await catalog.sync(session, SYSTEM, self._scenario.blueprint)
            await catalog.set_release_state(session, release.id, "ready")
            for code, terms in self._scenario.coupons.items():
                await catalog.add_coupon(session, SYSTEM, code, catalog.CouponSettings(terms=terms))
            for each in self._scenario.customers:
                await self._enter(session, each)

    async def _enter(self, session: Session, customer: Customer) -> None:
        user, account = await identity.ensure_user(session, f"{customer.name}@simulation.invalid".lower())
        actor = await identity.actor_in(session, user, account)
        assert actor.account_id is not None
        self._actors[customer.name] = actor
        self._gateways.payers.put(actor.account_id, customer.pays)
        await profiles.change(session, SYSTEM, actor.account_id, {"name": customer.name, **customer.profile})
        if not customer.pays.wallet_only:
            session.add(self._gateways.method(actor.account_id))
        if customer.wallet:
            await _fill(session, actor.account_id, self._money(customer.wallet), "first")

    async def act(self, action: Action) -> None:
        """Raises Invalid with the action's line when it is refused."""
        try:
            await getattr(self, f"_do_{action.kind}")(action)
        except SeraiError as error:
            raise Invalid(f"{self._scenario.where(action.line)}: {error.message}") from error

    async def _do_order(self, action: Action) -> None:
        wanted, actor = action.values, self._actors[action.values["account"]]
        choice = Choice(
            self._slug, wanted["package"], wanted["period"], self._scenario.currency, wanted["quantity"],
            wanted["addons"] or {},
        )  # fmt: skip
        order = Order(choice, codes=wanted["codes"], trial=wanted["trial"], has_method=True)
        async with self._gateways.database.transaction() as session:
            made = await subscriptions.order(session, actor, order)
            self._subscriptions[action.subject] = made.state.id
            methods = await payment_queries.methods(session, made.state.account_id)
            if made.to_pay is None or not methods:
                return
            intent = PaymentIntent(method_id=methods[0].id)
            payment = await paying.pay_invoice(session, actor, made.to_pay.id, intent)
        await paying.start(self._gateways, payment.id)

    async def _do_change(self, action: Action) -> None:
        async with self._gateways.database.transaction() as session:
            state = await self._state(session, action.subject)
            choice = await self._changed(session, state, action.values)
            await subscriptions.change(session, self._owner(state), state.id, choice, action.values["when"])

    async def _changed(self, session: Session, state: State, wanted: Any) -> Choice:
        """What is not said stays as it is."""
        plan = state.pending or state.plan
        price = await catalog.get_price(session, plan.base.price_id)
        addons = {item.package: item.quantity for item in plan.items[1:]}
        return Choice(
            self._slug, wanted["package"] or plan.base.package, wanted["period"] or price.period,
            state.currency, wanted["quantity"] or plan.base.quantity,
            addons if wanted["addons"] is None else wanted["addons"],
        )  # fmt: skip

    async def _do_withdraw_change(self, action: Action) -> None:
        await self._with_state(action, subscriptions.withdraw_change)

    async def _do_cancel(self, action: Action) -> None:
        await self._with_state(action, subscriptions.cancel, action.values["when"])

    async def _do_keep(self, action: Action) -> None:
        await self._with_state(action, subscriptions.withdraw_cancellation)

    async def _do_pause(self, action: Action) -> None:
        values = action.values
        await self._with_state(action, subscriptions.pause, values["when"], resume_at=values["resume_at"])

    async def _do_resume(self, action: Action) -> None:
        await self._with_state(action, subscriptions.resume)

    async def _do_price(self, action: Action) -> None:
        async with self._gateways.database.transaction() as session:
            _product, package = await catalog.get_package(session, self._slug, action.subject)
            amount = self._money(action.values["amount"])
            change = PriceChange(
                package.id, action.values["period"], amount, clock.now(), action.values["also_running"]
            )
            await change_price(session, change)

    async def _do_special_price(self, action: Action) -> None:
        wanted = action.values
        async with self._gateways.database.transaction() as session:
            package_id = None
            if wanted["package"]:
                package_id = (await catalog.get_package(session, self._slug, wanted["package"]))[1].id
            fixed = wanted["amount"] is not None
            scope: Any = "price" if fixed else "package" if package_id else "all"
            new = catalog.NewSpecialPrice(
                account_id=self.account_id(action.subject), scope=scope, package_id=package_id,
                period=wanted["period"] or "monthly", bps=wanted["bps"],
                amount=self._money(wanted["amount"]) if fixed else None, valid_until=wanted["until"],
            )  # fmt: skip
            await catalog.set_special_price(session, SYSTEM, new)

    async def _do_top_up(self, action: Action) -> None:
        async with self._gateways.database.transaction() as session:
            account_id = self.account_id(action.subject)
            await _fill(session, account_id, self._money(action.values["amount"]), str(action.line))
            await overdue.settle_from_wallet(session, account_id)

    async def _do_usage(self, action: Action) -> None:
        self._usage += 1
        values = action.values
        data = {"value": values["value"]} | ({"corrects": values["corrects"]} if values["corrects"] else {})
        report = UsageReport(
            id=values["id"] or f"usage-{self._usage}", source="scenario", type=values["meter"],
            subject=self._subscriptions[action.subject], time=values["at"] or clock.now(), data=data,
        )  # fmt: skip
        async with self._gateways.database.transaction() as session:
            taken = await take(session, SYSTEM, [report])
        if taken.refused:
            raise Invalid(taken.refused[0].message)

    async def _do_pays(self, action: Action) -> None:
        account_id = self.account_id(action.subject)
        self._gateways.payers.put(account_id, action.values["pays"])
        if action.values["pays"].works(clock.now()):
            await collecting.try_now(self._gateways, SYSTEM, account_id)

    async def _with_state(self, action: Action, service: Any, *arguments: Any, **more: Any) -> None:
        async with self._gateways.database.transaction() as session:
            state = await self._state(session, action.subject)
            await service(session, self._owner(state), state.id, *arguments, **more)

    async def _state(self, session: Session, name: str) -> State:
        if name not in self._subscriptions:
            raise Invalid(f"{name} was not ordered by then.")
        return await subscriptions.find(session, SYSTEM, self._subscriptions[name])

    def _owner(self, state: State) -> Actor:
        return next(each for each in self._actors.values() if each.account_id == state.account_id)

    @property
    def _slug(self) -> str:
        return self._scenario.blueprint.product.slug

    def _money(self, amount: int) -> Money:
        return Money(amount, self._scenario.currency)


async def change_price(session: Session, change: PriceChange) -> None:
    """For new subscriptions from now on, and for running ones from their next renewal if that is wanted."""
    price = await catalog.change_price(
        session, SYSTEM, change.package_id, change.period, change.amount.currency, change.amount
    )
    if change.also_running:
        await subscriptions.move_price(session, SYSTEM, price.id)


async def _fill(session: Session, account_id: str, amount: Money, key: str) -> None:
    await ledger.post(
        session,
        ledger.between(
            LedgerAccountKey("bank"), LedgerAccountKey("wallet", account_id), amount, key=f"simulated/{account_id}/{key}",
            kind="top_up", account_id=account_id,
        ),
    )  # fmt: skip

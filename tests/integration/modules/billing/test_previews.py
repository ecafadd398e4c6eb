"""What is shown before is what is billed after, to the cent, over random lives of subscriptions."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from serai.kit import clock, ids
from serai.kit.actor import SYSTEM
from serai.kit.errors import SeraiError
from serai.modules import billing, catalog
from serai.modules.billing import subscriptions
from serai.modules.billing.errors import WrongStatus
from serai.modules.billing.subscriptions import Choice, State
from serai.modules.billing.subscriptions.renewal_run import Run, renew_some
from serai.modules.billing.usage.ingesting import UsageReport
from tests.integration.modules.billing.test_model import SEED, TIMES
from tests.integration.modules.launches.test_actions import TakenBack, take_back

LIVES, STEPS = 14 * TIMES, 8
GERMANY = {"country": "DE", "tax_registered": True}
PACKAGES = ("starter", "business", "metered", "metered")


async def test_every_preview_is_what_then_happens(shop, record_property) -> None:
    compared: Counter[str] = Counter()
    for number in range(LIVES):
        life = PreviewedLife(shop, random.Random(SEED + number), compared)
        await life.begin(number)
        if number % 3 == 0:  # so that these are never left to chance
            for act in (life.use, life.renew, life.move_price, life.renew):
                await act()
        for _ in range(STEPS):
            await life.step()
        await life.cancel()
    assert {"renewal", "cancellation", "change", "later", "with usage", "moved price"} <= set(+compared), compared
    await shop.books_hold()
    record_property("figures", f"{LIVES} lives: {dict(compared)}, 0 apart")


_ACTS: dict[str, tuple[Callable[..., Awaitable[object]], tuple[object, ...]]] = {
    "change": (subscriptions.change, (Choice("shop", "starter", "monthly", quantity=9), "period_end")),
    "cancel": (subscriptions.cancel, ("period_end",)),
    "keep": (subscriptions.withdraw_cancellation, ()),
    "keep-plan": (subscriptions.withdraw_change, ()),
    "pause": (subscriptions.pause, ("period_end",)),
    "resume": (subscriptions.resume, ()),
}


class PreviewedLife:
    """One subscription of an account of its own, with whatever can change what it pays."""

    def __init__(self, shop: Any, dice: random.Random, compared: Counter[str]) -> None:
        self.shop, self.dice, self.compared = shop, dice, compared

    async def begin(self, number: int) -> None:
        shop, dice = self.shop, self.dice
        await shop.seller(**GERMANY, tax_inclusive=dice.random() < 0.4)
        self.buyer = await shop.world.account()
        await shop.profile(self.buyer, country=dice.choice(["DE", "FR", "US"]), use_wallet=True)
        await shop.fill(self.buyer, 1_000_000)
        codes = ()
        if dice.random() < 0.6:
            code = f"LIFE{number}"
            settings = catalog.CouponSettings(terms=self._terms())
            await shop.do(catalog.add_coupon, SYSTEM, code, settings)
            codes = (code,)
        made = await shop.order(
            self.buyer, dice.choice(PACKAGES), trial=dice.random() < 0.3, codes=codes,
            addons={"disk": dice.choice([1, 3])} if dice.random() < 0.4 else {},
        )  # fmt: skip
        self.id = made.state.id

    async def step(self) -> None:
        acts = [self.renew, self.renew, self.change, self.change, self.use, self.use, self.move_price,
                self.agree, self.credit, self.plan_end, self.pause_or_resume, self.stop_using_the_wallet]  # fmt: skip
        act = self.dice.choice(acts)
        try:
            await act()
        except SeraiError:
            self.compared["refused"] += 1
        if self.dice.random() < 0.3:
            await self.try_everything()

    async def try_everything(self) -> None:
        """What is said to be allowed works, and nothing else does."""
        state = await self._state()
        allowed = await self.shop.do(subscriptions.allowed_actions, self.buyer, state)
        for name, (act, values) in _ACTS.items():
            assert (name in allowed) == await self._would_work(act, *values), (name, state)
            self.compared[f"{name}: {name in allowed}"] += 1

    async def _would_work(self, act: Callable[..., Awaitable[object]], *values: object) -> bool:
        try:
            async with self.shop.world.database.transaction() as session:
                await act(session, self.buyer, self.id, *values)
                await take_back(session)
        except TakenBack:
            return True
        except WrongStatus:
            return False
        raise AssertionError

    async def renew(self) -> None:
        state = await self._state()
        if state.due_at is None:
            return
        shown = await self.shop.do(subscriptions.preview_renewal, self.buyer, [state])
        moved = any(move.since <= state.due_at for move in state.moves)

        async def act() -> None:
            self.shop.clock.move(max(state.due_at, clock.now()) - clock.now())
            await renew_some(self.shop.world.database, Run())

        await self._same("renewal", sum(each.totals.total for each in shown), act)
        await subscriptions.renew_all(self.shop.world.database)  # where one moment brings two things
        self.compared["with usage"] += any(each.used for each in shown)
        self.compared["moved price"] += bool(moved and shown)

    async def change(self) -> None:
        self._pass()
        dice, when = self.dice, self.dice.choice(["now", "now", "period_end"])
        package, period = dice.choice([*PACKAGES, "starter", "business"]), "monthly"
        if package != "metered" and dice.random() < 0.3:
            period = "yearly"
        addons = {"disk": dice.choice([1, 2])} if dice.random() < 0.5 else {}
        wanted = Choice("shop", package, period, quantity=dice.choice([1, 1, 3]), addons=addons)
        try:
            shown = await self.shop.do(subscriptions.preview_change, self.buyer, self.id, wanted, when)
        except WrongStatus:
            shown = None

        async def act() -> None:
            await self.shop.do(subscriptions.change, self.buyer, self.id, wanted, when)

        if shown is None:
            try:
                await act()
            except WrongStatus:
                return
            raise AssertionError("the preview refused what the change did not")
        await self._same("change", shown.now.total if shown.now else 0, act)
        state = await self._state()
        assert (state.pending or state.plan).base.package == package
        assert shown.renews == state.due_at
        coming = await self.shop.do(subscriptions.preview_renewal, self.buyer, [state])
        if not any(each.used for each in coming):
            assert shown.later.total == sum(each.totals.total for each in coming)
            self.compared["later"] += 1

    async def cancel(self) -> None:
        state = await self._state()
        if state.is_over:
            return
        self._pass()
        shown = await self.shop.do(subscriptions.preview_cancellation, self.buyer, self.id)

        async def act() -> None:
            await self.shop.do(subscriptions.cancel, self.buyer, self.id, "now")

        await self._same("cancellation", shown.total if shown else 0, act)

    async def use(self) -> None:
        self._pass()
        report = UsageReport(
            id=ids.new("use"), source="test", type="emails", subject=self.id,
            data={"value": self.dice.choice([40, 700, 3001])},
        )  # fmt: skip
        await self.shop.do(billing.ingesting.take, SYSTEM, [report])

    async def move_price(self) -> None:
        state = await self._state()
        amount = self.dice.choice([777, 1500, 2345])
        price = await self.shop.do(
            catalog.change_price, SYSTEM, state.plan.base.package_id, "monthly", "USD", amount
        )
        since = clock.now() + timedelta(days=self.dice.choice([0, 5, 40]))
        await self.shop.do(subscriptions.move_price, SYSTEM, price.id, since)

    async def agree(self) -> None:
        """A special price that may be over, or only begin, when the next period is billed."""
        now = clock.now()
        new = catalog.NewSpecialPrice(
            account_id=self.buyer.account_id, bps=self.dice.choice([1000, 3333]),
            valid_from=now + timedelta(days=self.dice.choice([0, 10])),
            valid_until=self.dice.choice([None, now + timedelta(days=20)]),
        )  # fmt: skip
        await self.shop.do(catalog.set_special_price, SYSTEM, new)

    async def credit(self) -> None:
        """By staff: that is gone, and not given back again."""
        issued = [each for each in await self.shop.invoices(self.buyer) if each.creditable]
        if not issued:
            return
        invoice = issued[-1]
        amount = max(1, invoice.total * self.dice.choice([10, 80]) // 100)
        await self.shop.do(
            billing.payments.refunds.credit_invoice, SYSTEM, invoice.id, amount, "a gift", to_payment=False
        )

    async def plan_end(self) -> None:
        state = await self._state()
        if state.cancel_at_end:
            await self.shop.do(subscriptions.withdraw_cancellation, self.buyer, self.id)
        elif self.dice.random() < 0.3:
            await self.shop.do(subscriptions.cancel, self.buyer, self.id, "period_end")

    async def pause_or_resume(self) -> None:
        self._pass()
        if (await self._state()).status == "paused":
            await self.shop.do(subscriptions.resume, self.buyer, self.id)
            return
        when = self.dice.choice(["now", "period_end"])
        resume_at = clock.now() + timedelta(days=45)
        await self.shop.do(subscriptions.pause, self.buyer, self.id, when, resume_at=resume_at)

    async def stop_using_the_wallet(self) -> None:
        await self.shop.profile(self.buyer, use_wallet=self.dice.random() < 0.5)

    async def _same(self, what: str, shown: int, act: Callable[[], Awaitable[None]]) -> None:
        before = {each.id for each in await self.shop.invoices(self.buyer)}
        await act()
        made = [each for each in await self.shop.invoices(self.buyer) if each.id not in before]
        signs = {"invoice": 1, "credit_note": -1}
        assert shown == sum(signs[each.kind] * each.total for each in made), what
        self.compared[what] += 1

    async def _state(self) -> State:
        return await self.shop.do(subscriptions.find, SYSTEM, self.id)

    def _pass(self) -> None:
        self.shop.clock.move(timedelta(seconds=self.dice.randrange(60, 6 * 86_400)))

    def _terms(self) -> catalog.CouponTerms:
        return self.dice.choice([
            catalog.CouponTerms(bps=1250, duration="forever"), catalog.CouponTerms(bps=5000),
            catalog.CouponTerms(amount=333, currency="USD", duration="repeating", periods=2),
        ])  # fmt: skip


async def test_an_account_with_one_invoice_a_day_sees_it_as_one(shop, buyer) -> None:
    """Tax is rounded once, on the sum."""
    await shop.seller(**GERMANY)
    await shop.profile(buyer, country="DE", consolidate=True)
    await shop.fill(buyer, 100_000)
    terms = catalog.CouponTerms(amount=55, currency="USD", duration="forever")
    await shop.do(catalog.add_coupon, SYSTEM, "ODD", catalog.CouponSettings(terms=terms))
    first = (await shop.order(buyer, "starter", codes=("ODD",))).state
    shop.clock.move(timedelta(hours=2))
    second = (await shop.order(buyer, "starter", codes=("ODD",))).state
    states = [await shop.state(each) for each in (second, first)]
    (shown,) = await shop.do(subscriptions.preview_renewal, buyer, states)
    assert [each.id for each in shown.states] == [first.id, second.id]
    before = len(await shop.invoices(buyer))
    await shop.at(first.period_end)
    (made,) = (await shop.invoices(buyer))[before:]
    assert (made.total, made.tax) == (shown.totals.total, shown.totals.tax)


@pytest.mark.parametrize(("begins", "ends", "shown"), [(0, 20, 1000), (10, None, 900), (40, None, 1000)])
async def test_an_agreement_counts_if_it_holds_when_the_invoice_is_made(
    shop, buyer, begins: int, ends: int | None, shown: int
) -> None:
    await shop.fill(buyer, 10_000)
    made = await shop.order(buyer)
    now = clock.now()
    new = catalog.NewSpecialPrice(
        account_id=buyer.account_id, bps=1000, valid_from=now + timedelta(days=begins),
        valid_until=ends and now + timedelta(days=ends),
    )  # fmt: skip
    await shop.do(catalog.set_special_price, SYSTEM, new)
    (coming,) = await shop.do(subscriptions.preview_renewal, buyer, [made.state])
    assert coming.totals.total == shown
    await shop.at(made.state.period_end)
    assert (await shop.invoices(buyer))[-1].total == shown


async def test_what_is_not_paid_is_not_said_to_be_pausable(shop, buyer) -> None:
    await shop.fill(buyer, 1000)
    state = (await shop.order(buyer)).state
    assert "pause" in await shop.do(subscriptions.allowed_actions, buyer, state)
    await shop.at(state.period_end)  # the wallet is empty: the renewal is open
    assert await shop.do(subscriptions.allowed_actions, buyer, await shop.state(state)) == {"change", "cancel"}
    with pytest.raises(WrongStatus):
        await shop.do(subscriptions.pause, buyer, state.id, "now")

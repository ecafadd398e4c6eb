"""Random lives of subscriptions against a model of their own: most on the pure parts, some through the
services on a real database. `SERAI_SOAK` multiplies their number (`make soak`)."""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import SeraiError
from serai.modules import catalog
from serai.modules.billing import subscriptions
from serai.modules.billing.subscriptions import Choice, Item, Plan, State
from serai.modules.billing.subscriptions.changing import decide
from serai.modules.billing.subscriptions.charging import left_of, unused
from serai.modules.billing.subscriptions.history import NewEvent, fold, new_event
from serai.modules.billing.subscriptions.planning import carried_over
from serai.modules.billing.subscriptions.pricing_context import PricingContext
from serai.modules.billing.subscriptions.renewal import begin, unpause, what_is_due
from serai.modules.billing.subscriptions.state import Discount
from tests.integration.modules.billing.model import Expectation, Thing
from tests.support import SOAK

TIMES = max(SOAK, 1)
SEED = int(os.environ.get("SERAI_SOAK_SEED", "20260301"))
PURE, REAL, STEPS = 2_000 * TIMES, 60 * TIMES, 12
PRICES = {"starter": 1000, "business": 3000, "disk": 250}
START = datetime(2026, 1, 1, tzinfo=UTC)


def test_random_lives_cost_what_the_model_says(record_property) -> None:
    """What breaks the model is made as short as hypothesis can make it."""
    began, lived = time.monotonic(), {"sequences": 0, "steps": 0}

    @settings(max_examples=PURE, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(dice=st.randoms(use_true_random=False))
    @seed(SEED)
    def live(dice: random.Random) -> None:
        lived["sequences"] += 1
        life = PureLife(dice)
        for _ in range(STEPS):
            life.step()
            life.check()
            lived["steps"] += 1

    live()
    assert lived["sequences"] >= PURE
    figures = f"{lived['sequences']} sequences, {lived['steps']} steps, 0 broken"
    record_property("figures", f"pure: {figures}, {time.monotonic() - began:.1f} s (seed {SEED})")


class PureLife:
    """One subscription over an in-memory catalogue, and what the model thinks of it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.numbers = 0
        self.at = START + timedelta(seconds=dice.randrange(366 * 86_400))
        self.known = PricingContext(self.at, {}, {}, {}, [], {})
        self.spent = 0
        self.events: list[tuple[str, dict[str, Any], datetime]] = []
        self.billed: list[tuple[datetime, datetime]] = []
        off = dice.choice([0, 0, 1000, 1250, 3333])
        wanted = self._wish()
        self.model = Expectation(self.at, self._things(wanted), off)
        self._happen(
            new_event(
                "created", id="sub_1", account_id="acc_1", currency="USD", time_zone="UTC",
                legal_entity_id="ent_1", plan=self._plan(wanted), label="",
            )
        )  # fmt: skip
        if off:
            terms = catalog.CouponTerms(bps=off, duration="forever")
            each = Discount(redemption_id="r", coupon_id="c", code="C", terms=terms)
            self._happen(new_event("coupon_added", discount=each))
        self._carry(begin(self.state, self.known, self.at))
        self.model.start()

    @property
    def state(self) -> State:
        return fold(self.events)

    def step(self) -> None:
        moves = {"active": [self.wait, self.wait, self.change, self.plan, self.pause, self.end],
                 "paused": [self.resume, self.end]}.get(self.model.status)  # fmt: skip
        if moves:
            self.dice.choice(moves)()

    def wait(self) -> None:
        """Over the next boundary, or over several."""
        state = self.state
        for _ in range(self.dice.choice([1, 1, 1, 3])):
            if self.model.status != "active":
                return
            self.at = max(self.at, state.due_at)
            late = self.at + timedelta(seconds=self.dice.randrange(3600))
            self._carry(what_is_due(state, self.known, late))
            assert what_is_due(self.state, self.known, self.at) is None, "nothing is billed twice"
            self.model.renew()
            state = self.state

    def change(self) -> None:
        self._pass()
        wanted = self._wish()
        state = self.state
        plan = carried_over(self._plan(wanted), state.plan)
        self._carry(decide(state, plan, self.known, self.at, "now"))
        self.model.change(self.at, self._things(wanted))

    def plan(self) -> None:
        self._pass()
        wanted = self._wish()
        self._happen(new_event("change_scheduled", plan=carried_over(self._plan(wanted), self.state.plan)))
        self.model.planned = self._things(wanted)

    def pause(self) -> None:
        self._pass()
        state = self.state
        left = {item.id: left_of(state, item, self.at) for item in state.plan.items}
        remaining = (state.period_end - self.at).total_seconds()
        self._happen(new_event("paused", remaining=remaining, charged=left, resume_at=None))
        self.model.pause(self.at)

    def resume(self) -> None:
        self.at += timedelta(seconds=self.dice.randrange(1, 60 * 86_400))
        end = self.at + timedelta(microseconds=int(self.model.left_of_pause * 1_000_000))
        self._carry(unpause(self.state, self.known, self.at))
        self.model.resume(self.at, end)

    def end(self) -> None:
        if self.dice.random() < 0.7:
            return
        if self.model.status == "active" and self.dice.random() < 0.5:
            self._happen(new_event("cancellation_scheduled", reason="by_customer"))
            self.model.ends = True
            return
        state = self.state
        if state.status == "paused":
            self.spent -= sum(item.charged for item in state.plan.items)
            self.model.spent -= sum(thing.charged for thing in self.model.things.values())
            self.model.status = "cancelled"
        else:
            self._pass()
            back = unused(state, state.plan.items, self.at, self.known)
            self.spent += sum(line.amount for line in back.lines)
            self.model.cancel(self.at)
        self._happen(new_event("cancelled", reason="by_customer"))

    def check(self) -> None:
        state, model = self.state, self.model
        assert self.spent == model.spent, "to the cent"
        assert state.status == model.status
        assert self.billed == model.billed, "no period twice, none left out"
        assert all(a < b for a, b in self.billed)
        assert (
            fold([(t, msgspec.json.decode(msgspec.json.encode(d)), at) for t, d, at in self.events]) == state
        )
        if state.status == "active":
            assert (state.period_start, state.period_end) == (model.begin, model.end)
            charged = {item.package: item.charged for item in state.plan.items}
            assert charged == {thing.key: thing.charged for thing in model.things.values()}
            assert all(amount >= 0 for amount in charged.values())

    def _pass(self) -> None:
        """Some time within the running period."""
        gap = self.state.period_end - self.at
        self.at += timedelta(seconds=self.dice.randrange(max(1, int(gap.total_seconds()))))

    def _carry(self, decision) -> None:
        self.spent += sum(line.amount for line in decision.lines)
        if decision.billed:
            self.billed.append(decision.billed)
        self._happen(*decision.events)

    def _happen(self, *events: NewEvent) -> None:
        self.events += [(event.type, event.data, self.at) for event in events]

    def _wish(self) -> dict[str, int]:
        intent = {self.dice.choice(["starter", "business"]): self.dice.choice([1, 1, 2, 7])}
        if disks := self.dice.choice([0, 0, 1, 3]):
            intent["disk"] = disks
        return intent

    def _things(self, intent: dict[str, int]) -> dict[str, Thing]:
        return {key: Thing(key, PRICES[key], count) for key, count in intent.items()}

    def _plan(self, intent: dict[str, int]) -> Plan:
        items = []
        for key, count in intent.items():
            self.numbers += 1
            items.append(
                Item(id=f"item_{self.numbers}", kind="package", price_id=key, package_id=key, package=key,
                     product_id="prd", quantity=count, unit_amount=PRICES[key])
            )  # fmt: skip
        return Plan(items=tuple(items), unit="month", count=1)


async def test_random_lives_through_the_services(shop, record_property) -> None:
    began, steps, refused = time.monotonic(), 0, 0
    for number in range(REAL):
        life = RealLife(shop, random.Random(SEED + number))
        await life.begin()
        for _ in range(6):
            refused += await life.step()
            steps += 1
        await life.check()
    await shop.books_hold()
    lowest = await shop.rows("SELECT min(balance) AS least FROM ledger_accounts WHERE kind = 'wallet'")
    assert lowest[0]["least"] >= 0
    record_property(
        "figures",
        f"through the services: {REAL} sequences, {steps} steps ({refused} refused), 0 broken, "
        f"{time.monotonic() - began:.1f} s",
    )


class RealLife:
    """Orders, waits, changes and replays, against the model's sum."""

    def __init__(self, shop: Any, dice: random.Random) -> None:
        self.shop, self.dice = shop, dice
        self.model: Expectation

    async def begin(self) -> None:
        self.buyer = await self.shop.world.account()
        await self.shop.fill(self.buyer, 1_000_000)
        made = await self.shop.order(self.buyer)
        self.id = made.state.id
        self.model = Expectation(clock.now(), {"starter": Thing("starter", 1000, 1)})
        self.model.start()

    async def step(self) -> bool:
        """Whether the service refused, which the model then does not hear of."""
        if self.model.status == "cancelled":
            return False
        name = self.dice.choice(["wait", "wait", "change", "pause", "cancel"])
        if self.model.status == "paused":
            name = "resume"
        try:
            await getattr(self, name)()
        except SeraiError:
            return True
        return False

    async def wait(self) -> None:
        await self.shop.at(self.model.end)
        self.model.renew()
        again = await subscriptions.renew_all(self.shop.world.database)
        assert again.renewed == 0, "the same run again bills nothing"

    async def change(self) -> None:
        self._pass()
        package, disks = self.dice.choice(["starter", "business"]), self.dice.choice([0, 1, 3])
        choice = Choice("shop", package, "monthly", addons={"disk": disks} if disks else {})
        await self.shop.do(subscriptions.change, self.buyer, self.id, choice, "now")
        things = {package: Thing(package, PRICES[package], 1)}
        self.model.change(clock.now(), things | ({"disk": Thing("disk", 250, disks)} if disks else {}))

    async def pause(self) -> None:
        self._pass()
        await self.shop.do(subscriptions.pause, self.buyer, self.id, "now")
        self.model.pause(clock.now())

    async def resume(self) -> None:
        self.shop.clock.move(timedelta(days=self.dice.randrange(1, 50)))
        await self.shop.do(subscriptions.resume, self.buyer, self.id)
        left = timedelta(microseconds=int(self.model.left_of_pause * 1_000_000))
        self.model.resume(clock.now(), clock.now() + left)

    async def cancel(self) -> None:
        if self.dice.random() < 0.5:
            return
        self._pass()
        await self.shop.do(subscriptions.cancel, self.buyer, self.id, "now")
        self.model.cancel(clock.now())

    async def check(self) -> None:
        invoices = await self.shop.invoices(self.buyer)
        signs = {"invoice": 1, "credit_note": -1}
        assert sum(signs[each.kind] * each.total for each in invoices) == self.model.spent
        for each in invoices:
            lines = await self.shop.lines(each)
            assert each.total == sum(line.amount + line.tax for line in lines)
        assert await self.shop.wallet(self.buyer) == 1_000_000 - self.model.spent
        state = await self.shop.do(subscriptions.find, SYSTEM, self.id)
        assert await self.shop.do(subscriptions.rebuild, self.id) == state
        assert state.status == self.model.status
        rows = await self.shop.rows(
            "SELECT period_start, period_end FROM billed_periods WHERE subscription_id = :id ORDER BY 1",
            id=self.id,
        )
        assert [(row["period_start"], row["period_end"]) for row in rows] == self.model.billed
        if state.status != "cancelled":  # so that it does not go on beside the next one
            await self.shop.do(subscriptions.cancel, self.buyer, self.id, "now")

    def _pass(self) -> None:
        gap = self.model.end - clock.now()
        self.shop.clock.move(timedelta(seconds=self.dice.randrange(1, max(2, int(gap.total_seconds()) - 1))))

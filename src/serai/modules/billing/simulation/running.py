"""Time goes by: the clock jumps from one thing that is due to the next, and the real code does it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from serai.kit import clock
from serai.kit.errors import Unavailable
from serai.modules.billing import revenue_recognition
from serai.modules.billing.payments import collecting, paying, topping_up
from serai.modules.billing.periods import add_months
from serai.modules.billing.simulation import reporting
from serai.modules.billing.simulation.gateway import SimulatedGateways
from serai.modules.billing.simulation.quick import collect_quickly
from serai.modules.billing.subscriptions import renew_all

_MOST_PASSES = 50
_AT_ONCE = 500
_DAY, _LAST = timedelta(days=1), timedelta(microseconds=1)


@contextmanager
def moved_clock(starts: datetime) -> Iterator[clock.MovableClock]:
    """Everything in this process reads a clock that stands still until it is moved."""
    made = clock.MovableClock(starts)
    before = clock.use(made)
    try:
        yield made
    finally:
        clock.use(before)


@dataclass(slots=True)
class Times:
    """`daily`: what is due in the course of a day is done together at its end, which is much quicker for
    thousands; invoices are then issued at that hour, for just the same periods. `failed`: subscriptions
    that could not be renewed, and why."""

    gateways: SimulatedGateways
    clock: clock.MovableClock
    time_zone: str
    daily: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    samples: list[reporting.Sample] = field(default_factory=list)

    async def go(self, until: datetime, planned: Sequence[datetime] = (), *,
                 then: Callable[[datetime], Awaitable[None]] | None = None) -> None:  # fmt: skip
        """To `until`, by way of all that is due and all moments that are `planned`, at which `then` is
        called before what is due then is done."""
        ends = month_ends(clock.now(), until, self.time_zone)
        moments = sorted({*planned, *ends, until})
        await self.work()
        for target in moments:
            await self._pass_to(target)
            self._move(target)
            if then is not None and target in planned:
                await then(target)
            await self.work()
            if target in ends or target == until:
                await self._end_month(target)

    async def work(self) -> None:
        """What workers do, until nothing is left to be done at this moment."""
        for _ in range(_MOST_PASSES):
            run = await renew_all(self.gateways.database)
            self.failed |= run.failed
            quick = await collect_quickly(self.gateways, _AT_ONCE) if self.daily else 0
            collected = await collecting.collect_all(self.gateways, _AT_ONCE)
            looked = await paying.sync_all(self.gateways, _AT_ONCE)
            if run.renewed or collected:
                looked += await topping_up.begin_all(self.gateways.database)
            if not (collected or looked or quick == _AT_ONCE):
                return
        raise Unavailable(f"Something at {clock.now().isoformat()} is done again and again without effect.")

    async def _pass_to(self, target: datetime) -> None:
        while (moment := await self._next(target)) is not None:
            self._move(moment)
            await self.work()

    async def _next(self, target: datetime) -> datetime | None:
        """When something is due before `target`; with `daily` the end of its day."""
        async with self.gateways.database.transaction() as session:
            found: datetime | None = (await session.execute(_NEXT, {"now": clock.now()})).scalar_one()
        if found is None or found >= target:
            return None
        if not self.daily:
            return found
        local = found.astimezone(ZoneInfo(self.time_zone))
        end = (local + _DAY).replace(hour=0, minute=0, second=0, microsecond=0) - _LAST
        return min(end, target - _LAST)

    def _move(self, moment: datetime) -> None:
        self.clock.move(moment - clock.now())

    async def _end_month(self, moment: datetime) -> None:
        await revenue_recognition.recognise_all(self.gateways.database)
        async with self.gateways.database.transaction() as session:
            self.samples += await reporting.sample(session, moment, self.time_zone)


def month_ends(starts: datetime, until: datetime, time_zone: str) -> set[datetime]:
    """The first moments of all months after `starts`, up to `until`."""
    zone = ZoneInfo(time_zone)
    day = starts.astimezone(zone).date().replace(day=1)
    found: set[datetime] = set()
    while True:
        day = add_months(day, 1)
        moment = datetime(day.year, day.month, 1, tzinfo=zone)
        if moment > until:
            return found
        found.add(moment.astimezone(starts.tzinfo))


_NEXT = text(
    """
    SELECT least((SELECT min(due_at) FROM subscriptions WHERE due_at > :now),
                 (SELECT min(collect_at) FROM invoices WHERE collect_at > :now),
                 (SELECT min(next_check_at) FROM payments WHERE next_check_at > :now))
    """
)

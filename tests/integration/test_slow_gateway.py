"""A gateway that takes calls and never answers delays its own payments and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from serai import worker
from serai.kit import clock
from serai.kit.actor import SYSTEM, Actor
from serai.modules import billing
from serai.modules.billing.payments import LANES, Payment
from tests.factories import World
from tests.integration.modules.billing.products import shop_blueprint
from tests.integration.modules.billing.shop import Shop
from tests.support import eventually

SLOW, PATIENCE = "easykash", 40
HUNG = f"SELECT count(*) FROM payments WHERE gateway = '{SLOW}' AND state = 'pending' AND checks >= :checks"


class NeverAnswers:
    """A server that takes calls and keeps silent, until it hangs up on everybody."""

    def __init__(self) -> None:
        self.open: set[asyncio.StreamWriter] = set()
        self.asked = 0
        self.most = 0
        self.hangs_up = False

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.close()
            self.hang_up()
            await server.wait_closed()

    def hang_up(self) -> None:
        self.hangs_up = True
        for each in self.open:
            each.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        self.open.add(writer)
        self.most = max(self.most, len(self.open))
        if self.hangs_up:
            writer.close()
        with suppress(ConnectionError):
            while await reader.read(1 << 14):
                pass
        self.open.discard(writer)
        writer.close()


@pytest.fixture
async def silent() -> NeverAnswers:
    return NeverAnswers()


@pytest.fixture
async def shop(world: World, moving: clock.MovableClock) -> Shop:
    await world.product(shop_blueprint())
    made = Shop(world, moving)
    await made.open_sandbox()
    return made


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A worker with its queues, schedules and mails."""
    platform = world.worker_platform
    app = worker.queue_app(platform, "test")
    async with app.open_async():
        tasks = [
            asyncio.create_task(worker.serve_queues(app, "test", worker._slots(platform, 2))),
            asyncio.create_task(worker.deliver_mail(platform, "test")),
        ]
        try:
            yield
        finally:
            for each in tasks:
                each.cancel()
            ended, running = await asyncio.wait(tasks, timeout=PATIENCE)
            assert not running
            assert all(each.cancelled() for each in ended)


async def hang(shop: Shop, actor: Actor, url: str, count: int) -> None:
    """Payments that the slow gateway is to be asked about now."""
    values = {"api_key": "key", "hmac_secret": "secret", "mobile": "01000000000"}
    await shop.do(billing.payments.set_up, SYSTEM, shop.gateways, SLOW, values, test_mode=True, base_url=url)
    now = clock.now()
    async with shop.world.database.transaction() as session:
        session.add_all(
            Payment(
                id=f"pay_slow{number}", account_id=actor.account_id, key=f"slow{number}", gateway=SLOW,
                method_id=None, purpose="top_up", invoice_id=None, currency="EGP", amount=5000, refunded=0,
                fee=None, state="pending", reference=None, off_session=False, save_method=False,
                redirect_url=None, return_path="/", details={"asked": True}, error=None, error_code=None,
                checks=0, next_check_at=now, created_at=now, settled_at=None,
            )
            for number in range(count)
        )  # fmt: skip


async def test_a_gateway_that_hangs_delays_its_own_payments_and_nothing_else(
    shop: Shop, silent: NeverAnswers
) -> None:
    world = shop.world
    buyer, other = await world.account(), await world.ground()
    await shop.save_card(buyer)
    made = await shop.order(buyer)
    await shop.pay(buyer, made.to_pay)
    more_than_slots = worker._slots(world.worker_platform, 2)["payments"] + 1
    async with silent.serving() as url:
        shop.clock.move((await shop.state(made.state)).period_end - clock.now())
        await hang(shop, buyer, url, more_than_slots)
        async with working(world):

            async def all_lanes_hang() -> bool:
                return len(silent.open) == LANES

            async def renewed_and_paid() -> bool:
                found = await shop.invoices(buyer)
                return len(found) == 2 and found[-1].state == "paid" and found[-1].emailed_at is not None

            async def mailed() -> bool:
                kept = "SELECT count(*) FROM mails WHERE kind = 'invoice_issued' AND state = 'kept'"
                return await world.scalar(kept) == 2

            async def running() -> bool:
                return (await world.find("acme")).state == "running"

            await eventually(all_lanes_hang, PATIENCE)
            await world.order(other)
            for each in (renewed_and_paid, mailed, running):
                await eventually(each, PATIENCE)
            assert len(silent.open) == silent.most == silent.asked == LANES
            assert await world.scalar(HUNG, checks=1) == 0

            async def all_were_asked() -> bool:
                return await world.scalar(HUNG, checks=1) == more_than_slots

            silent.hang_up()
            await eventually(all_were_asked, PATIENCE)

            async def and_again_later() -> bool:
                return await world.scalar(HUNG, checks=2) == more_than_slots

            shop.clock.move(timedelta(hours=1))
            await eventually(and_again_later, PATIENCE)
    await shop.books_hold()


async def test_a_worker_ends_while_a_gateway_hangs_and_the_next_one_asks_again(
    shop: Shop, silent: NeverAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_FINISH_SECONDS", 0.2)
    due = f"SELECT count(*) FROM payments WHERE gateway = '{SLOW}' AND checks = 0 AND next_check_at IS NOT NULL"
    async with silent.serving() as url:
        await hang(shop, await shop.world.account(), url, LANES * 2)
        for _turn in range(2):

            async def asked() -> bool:
                return bool(silent.open)

            async with working(shop.world):
                await eventually(asked, PATIENCE)
            assert await shop.world.scalar(due) == LANES * 2
            assert await shop.world.scalar("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0

            async def gone() -> bool:
                return not silent.open

            await eventually(gone, PATIENCE)

"""Makes what tests begin with: a platform on fakes, accounts, products, servers, launches."""

import itertools
import os
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import text

from serai.composition import Platform, gateway_factories, send_to_ourselves
from serai.drivers.mail.keep import Keep
from serai.kit import clock, jobs
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Database
from serai.kit.home import make_home
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.modules import billing, catalog, fleet, identity, launches, operations
from serai.modules.catalog.blueprint import model
from serai.modules.identity import Account, Membership, User
from serai.modules.operations import runner
from tests.fakes import FakeBuilder, FakeDatabases, FakeEdge, FakeRuntime, Faults

HELLO = Path(__file__).parents[1] / "examples" / "hello"
_numbers = itertools.count(1)


@cache
def hello() -> catalog.Blueprint:
    return catalog.load(HELLO)


def blueprint(slug: str = "hello", *, database: bool = False, **changes: Any) -> catalog.Blueprint:
    """The hello blueprint under another slug, with a database if wanted, and other changes."""
    made = hello()
    made = msgspec.structs.replace(made, product=msgspec.structs.replace(made.product, slug=slug))
    if database:
        made = msgspec.structs.replace(made, database=model.Database(engine="postgresql"))
    return msgspec.structs.replace(made, **changes)


def _free_range() -> int:
    """The first of fifty ports, below those the system gives to clients, and this process's own."""
    return 10_000 + (os.getpid() * 1_000 + next(_numbers) * 50) % 10_000


@dataclass
class World:
    """A platform whose drivers are fakes that share one `faults`."""

    platform: Platform
    faults: Faults
    runtime: FakeRuntime
    edge: FakeEdge
    databases: FakeDatabases
    builder: FakeBuilder
    drivers: fleet.Drivers
    first_port: int = field(default_factory=_free_range)

    @property
    def database(self) -> Database:
        """As the system sees it; the platform's own shows nothing until somebody acts."""
        return self.platform.database.acting(SYSTEM)

    @property
    def worker_platform(self) -> Platform:
        """As a worker opens it: acting as the system."""
        return replace(self.platform, database=self.database)

    async def account(self, *, staff: bool = False, staff_role: str = "superadmin") -> Actor:
        """A user with an account, as the actor it acts as."""
        email = f"user{next(_numbers)}@example.com"
        async with self.database.transaction() as session:
            user, account = await identity.ensure_user(
                session, email, staff_role=staff_role if staff else None
            )
            return await identity.actor_in(session, user, account)

    async def member(self, of: Actor, role: str) -> Actor:
        """Another person, with a role in the account of `of`."""
        made = await self.account()
        async with self.database.transaction() as session:
            session.add(
                Membership(account_id=of.account_id, user_id=made.id, role=role, joined_at=clock.now())
            )
            await session.flush()
            user = await session.get_one(User, made.id)
            return await identity.actor_in(session, user, await session.get_one(Account, of.account_id))

    async def token(self, actor: Actor, *, platform: bool = False) -> str:
        async with self.database.transaction() as session:
            _, clear = await identity.create_token(session, actor, "test", platform=platform)
        return clear

    async def server(self, capacity: int = 20, ports: int = 50) -> fleet.Server:
        async with self.database.transaction() as session:
            made = await fleet.register(
                session, SYSTEM, "local", capacity=capacity, memory=1 << 40,
                first_port=self.first_port, ports=ports, first_uid=None,
            )  # fmt: skip
            await session.execute(_STANDING)
        return made

    async def product(self, made: catalog.Blueprint | None = None, *, ready: bool = True) -> catalog.Release:
        """The product in the catalogue, its release built (`ready`) or waiting to be."""
        made = made or hello()
        async with self.database.transaction() as session:
            release = await catalog.sync(session, SYSTEM, made)
            if ready:
                await catalog.set_release_state(session, release.id, "ready")
                await session.flush()
                await session.execute(_STANDING)
        if ready and made.database.engine != "none":
            template = release.id.replace("rel_", "tpl_", 1)
            await self.databases.create_template(template, "word", 1)
            await self.databases.seal_template(template, 1)
        self.faults.calls.clear()
        return release

    async def ground(self, **changes: Any) -> Actor:
        """A server with room, a built product, and an account: what an order needs."""
        await self.server()
        await self.product(blueprint(**changes))
        return await self.account()

    async def order(self, actor: Actor, name: str = "acme", **changes: Any) -> tuple[str, str]:
        """Ids of the launch and of its operation, which nobody has run yet."""
        asked = {"product": "hello", "package": None, "name": name, "email": "sara@example.com"} | changes
        async with self.database.transaction() as session:
            launch, operation = await launches.create(
                session, actor, self.platform.settings, self.platform.vault, launches.Order(**asked)
            )
        return launch.id, operation.id

    async def launch(self, actor: Actor, name: str = "acme", **changes: Any) -> str:
        """A running launch's id."""
        launch_id, operation_id = await self.order(actor, name, **changes)
        assert (await self.run(operation_id)).state == "succeeded"
        return launch_id

    async def run(self, operation_id: str) -> operations.OperationSnapshot:
        """What a worker does with the operation."""
        await runner.run(self.database, operation_id, "test", self.platform.tools)
        async with self.database.transaction() as session:
            return await operations.snapshot(session, SYSTEM, operation_id)

    async def change(self, change: Any, actor: Actor, reference: str) -> operations.OperationSnapshot:
        """Ask for `launches.stop` and the like, and run it."""
        async with self.database.transaction() as session:
            operation = await change(session, actor, reference)
        return await self.run(operation.id)

    async def find(self, reference: str) -> launches.Launch:
        async with self.database.transaction() as session:
            return await launches.find(session, SYSTEM, reference)

    async def handle_events(self) -> int:
        """Run the waiting jobs of event subscribers, as the queue would; how many there were."""
        return await self._run_jobs("task_name = 'events.handle'")

    async def run_schedules(self, *tasks: str) -> None:
        """What a turn of these schedules leads to, as workers would do it."""
        job = jobs.Job(self.database, "test", self.platform.tools)
        for name in tasks:
            await jobs.tasks()[name].run(job)
            while await self._run_jobs("task_name NOT IN ('events.handle', 'operations.run')"):
                pass

    async def _run_jobs(self, which: str) -> int:
        job = jobs.Job(self.database, "test", self.platform.tools)
        waiting = f"SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND {which} ORDER BY id"
        async with self.database.transaction() as session:
            rows = (await session.execute(text(waiting))).all()
        for row_id, name, arguments in rows:
            await jobs.tasks()[name].run(job, **arguments)
            async with self.database.transaction() as session:
                await session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": row_id})
        return len(rows)

    async def scalar(self, query: str, **parameters: Any) -> Any:
        async with self.database.transaction() as session:
            return (await session.execute(text(query), parameters)).scalar_one()

    async def nothing_is_left(self) -> bool:
        """No process, file, database (but templates), route or allocation."""
        homes = self.platform.settings.state / "launches"
        names = [name for name in await self.databases.names() if not name.startswith("tpl_")]
        files = list(homes.iterdir()) if homes.is_dir() else []
        allocated = await self.scalar("SELECT count(*) FROM allocations")
        return not (names or files or allocated or await self.runtime.launch_ids()
                    or self.runtime.wanted or await self.edge.routes())  # fmt: skip


def make_world(database: Database, home: Path) -> World:
    home.mkdir(parents=True)  # so that make_home does not move it to where others can reach it
    settings = Settings(home=home, port=8080)
    make_home(settings)
    faults = Faults()
    parts: dict[str, Any] = {
        "runtime": FakeRuntime(faults), "edge": FakeEdge(faults),
        "databases": FakeDatabases(faults), "builder": FakeBuilder(faults),
    }  # fmt: skip
    vault = Vault(settings.secret_file("master.key"))
    gateways = billing.Gateways(
        database, vault, settings.public_url, gateway_factories(), send_to_ourselves
    )
    drivers = fleet.Drivers(home=settings.state, **parts)
    servers = fleet.Fleet(database.acting(SYSTEM), lambda _chosen: drivers)
    platform = Platform(settings, database.acting(None), vault, gateways, servers, Keep())
    return World(platform, faults, drivers=drivers, **parts)


# Built releases, on all servers.
_STANDING = text(
    "INSERT INTO server_releases SELECT s.id, r.id, 'ready' FROM servers s, releases r "
    "WHERE r.state = 'ready' ON CONFLICT DO NOTHING"
)
_WAITING = text(
    "SELECT id, args FROM procrastinate_jobs WHERE task_name = 'events.handle' AND status = 'todo' ORDER BY id"
)

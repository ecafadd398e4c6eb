"""A queue, a driver that does as it is told, and senders between them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from serai.contracts.mail import Accepted, DeliveryError, OutgoingMail, Report
from serai.kit.errors import NotFound
from serai.kit.settings import Settings
from serai.modules import notifications
from serai.modules.notifications.models import Mail
from tests.factories import World
from tests.support import eventually

QUICK = {"mail_retry_seconds": 0.02, "mail_timeout_seconds": 2, "mail_lease_seconds": 6}


class Scripted:
    """Accepts, unless `answers` holds something for the recipient: an error to raise, or an event to
    wait for. `times` is how often each is raised."""

    def __init__(self) -> None:
        self.answers: dict[str, list[DeliveryError | asyncio.Event]] = {}
        self.accepted: Counter[str] = Counter()
        self.mails: list[OutgoingMail] = []
        self.sending = 0
        self.most_at_once = 0

    async def send(self, message: OutgoingMail) -> Accepted:
        self.sending += 1
        self.most_at_once = max(self.most_at_once, self.sending)
        try:
            await asyncio.sleep(0)
            script = self.answers.get(message.recipient, [])
            answer = script.pop(0) if script else None
            if isinstance(answer, asyncio.Event):
                await answer.wait()
            elif answer is not None:
                raise answer
        finally:
            self.sending -= 1
        self.accepted[message.recipient] += 1
        self.mails.append(message)
        return Accepted(provider_id=f"p{len(self.mails)}", said="250 OK")

    def read_reports(self, headers: Mapping[str, str], body: bytes) -> Sequence[Report]:
        raise NotFound("none")

    async def close(self) -> None: ...


class Post:
    """The queue as tests look at it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.driver = Scripted()
        self.senders: dict[str, notifications.Sender] = {}

    async def put(self, recipient: str = "mona@example.com", kind: str = "launch_failed", **more: Any) -> Mail:
        context: dict[str, Any] = {"language": "en", "name": "nile", "link": "/console/systems"} | more
        async with self.world.database.transaction() as session:
            made = await notifications.mail(session, kind, recipient, **context)
        assert made is not None
        return made

    async def get(self, mail_id: str) -> Mail:
        async with self.world.database.transaction() as session:
            return await session.get_one(Mail, mail_id)

    async def states(self) -> dict[str, int]:
        async with self.world.database.transaction() as session:
            return await notifications.queries.count_by_state(session)

    async def until(self, check: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        async def sync() -> dict[str, int] | None:
            found = await self.states()
            return found if check(found) else None

        found: dict[str, int] = await eventually(sync, 20, every=0.02)
        return found

    async def until_done(self) -> dict[str, int]:
        return await self.until(lambda found: not found.get("queued") and not found.get("sending"))

    def settings(self, **changes: Any) -> Settings:
        home = self.world.platform.settings.home
        return Settings(**({"home": home, "domain": "serai.test", "mail_at_once": 3} | QUICK | changes))

    @asynccontextmanager
    async def sender(self, name: str = "one", **changes: Any) -> AsyncIterator[asyncio.Task[None]]:
        """A sender at work; cancelled at the end, as a worker's is."""
        made = self.senders[name] = notifications.Sender(
            self.world.database, self.settings(**changes), self.world.platform.vault, self.driver, name
        )
        task = asyncio.create_task(made.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)

"""A worker as `serai.worker` runs it, without drivers, until no operation is active: its seconds.

As many at once as production's default, or SERAI_OPERATIONS_AT_ONCE; the peer sets itself no bound.
"""

import asyncio
import sys
import time
from typing import Any

from serai import worker
from serai.composition import Platform
from serai.kit import heartbeats, jobs
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.settings import Settings
from serai.modules import operations
from serai.modules.operations import Context, Step, Workflow

KIND = "bench"
_NONE: Any = None


async def nothing(ctx: Context) -> dict[str, str]:
    return {"by": ctx.step or ""}


def register() -> None:
    if KIND not in [each.kind for each in operations.workflows()]:
        operations.register(Workflow(KIND, "Bench", (Step("a", "A", nothing), Step("b", "B", nothing))))


async def main(url: str) -> None:
    register()
    settings, database = Settings(), Database(url).acting(SYSTEM)
    platform = Platform(settings, database, _NONE, _NONE, _NONE, _NONE)
    app, name = worker.queue_app(platform, worker.name()), worker.name()
    async with app.open_async(), asyncio.TaskGroup() as group:
        began = time.monotonic()
        duties = [
            group.create_task(duty)
            for duty in (
                worker.serve_queues(app, name, {jobs.OPERATIONS: settings.operations_at_once, jobs.BUILDS: 1, jobs.DEFAULT: 2}),
                worker.every(worker.HEARTBEAT_SECONDS, lambda: heartbeats.beat(database, name)),
                worker.every(worker.HEARTBEAT_SECONDS / 2, lambda: worker.rescue(app, platform)),
            )
        ]
        await _until_all_ended(database)
        print(time.monotonic() - began, flush=True)
        for each in duties:
            each.cancel()
    await database.close()


async def _until_all_ended(database: Database) -> None:
    while True:
        async with database.transaction() as session:
            states = await operations.count_by_state(session)
        if set(states) <= {"succeeded"}:
            return
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

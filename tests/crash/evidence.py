"""What is left on the server, and whether every system is whole and there once."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
from sqlalchemy import text

from serai.kit.actor import SYSTEM
from serai.kit.errors import Unavailable
from serai.modules import launches, operations
from tests.crash.platform import Ground

STALLED_SECONDS = 180


@dataclass
class Evidence:
    """`lost`: did not end as it should; `doubled`: happened twice; `orphaned`: left behind."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)


async def snapshots(base: Ground, operation_ids: list[str]) -> dict[str, operations.OperationSnapshot]:
    async with base.platform.database.transaction() as session:
        return {each: await operations.snapshot(session, SYSTEM, each) for each in operation_ids}


async def answers(base: Ground, name: str) -> bool:
    """Whether the system is reached through the edge, and is the one meant."""
    url = f"http://127.0.0.1:{base.settings.port}/"
    host = f"{name}.apps.localhost:{base.settings.port}"
    async with aiohttp.ClientSession() as client, client.get(url, headers={"Host": host}) as answer:
        return answer.status == 200 and (await answer.text()) == name


async def living(base: Ground, names: list[str], evidence: Evidence) -> None:
    """Each of these runs, answers, was started once and was announced once."""
    for name in names:
        async with base.platform.database.transaction() as session:
            launch = await launches.find(session, base.actor, name)
            announced = await _count_events(session, launch.id, "launches.launched")
        status = await base.drivers.runtime.status(launch.id)
        if launch.state != "running" or status.state != "running" or not await answers(base, name):
            evidence.lost.append(f"{name}: {launch.state}, process {status.state}")
        if announced != 1:
            evidence.doubled.append(f"{name}: announced {announced} times")
        starts = base.settings.state / "launches" / launch.id / "starts"
        count = len(starts.read_text().split()) if starts.exists() else 0
        if count != 1:
            evidence.doubled.append(f"{name}: started {count} times")


async def leftovers(base: Ground, launch_ids: set[str]) -> list[str]:
    """What these launches, all gone, still have on the server or in the books."""
    drivers, state = base.drivers, base.settings.state
    found = [f"database or role {n}" for n in await drivers.databases.names() if n in launch_ids]
    found += [f"process {each}" for each in await drivers.runtime.launch_ids() if each in launch_ids]
    found += [f"route {each}" for each in await drivers.edge.routes() if each in launch_ids]
    found += [f"directory {p.name}" for p in (state / "launches").glob("*") if p.name in launch_ids]
    async with base.platform.database.transaction() as session:
        rows = await session.execute(text("SELECT launch_id FROM allocations"))
        found += [f"allocation {each}" for each in rows.scalars() if each in launch_ids]
    return found


async def _count_events(session, subject: str, event_type: str) -> int:
    query = text("SELECT count(*) FROM events WHERE subject = :subject AND type = :type")
    return (await session.execute(query, {"subject": subject, "type": event_type})).scalar_one()


async def wait_for_end(base: Ground, operation_ids: list[str], patience: float = STALLED_SECONDS):
    """All of them once all have ended; None when for so long none came any further. A slow machine may take
    its time: every step has few states, so what goes round in circles is not taken for progress."""
    now = asyncio.get_running_loop().time
    reached: set[tuple[str, str, str]] = set()
    deadline = now() + patience
    while True:
        with suppress(Unavailable):  # the database may be the one that was killed
            found = await snapshots(base, operation_ids)
            if all(each.finished for each in found.values()):
                return found
            further = {
                (each.id, step.name, step.state) for each in found.values() for step in each.steps
            } - reached
            if further:
                reached |= further
                deadline = now() + patience
        if now() > deadline:
            return None
        await asyncio.sleep(0.2)

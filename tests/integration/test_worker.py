"""The worker's own duties."""

import asyncio
from datetime import timedelta

import pytest
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text, update

from serai import worker
from serai.kit import clock
from serai.kit.errors import Unavailable
from serai.kit.idempotency import IdempotencyKey
from serai.modules import identity, launches, notifications


async def test_a_failed_heartbeat_is_not_the_last_one():
    beats = []

    async def beat(worker_id: int) -> None:
        beats.append(worker_id)
        if len(beats) == 1:
            raise ConnectionError("the database was away")

    patient = worker._patient(beat)
    await patient(1)
    await patient(1)
    assert beats == [1, 1]


async def test_routes_are_restored_as_soon_as_the_edge_answers(world, monkeypatch):
    await world.launch(await world.ground())
    routes = dict(await world.edge.routes())
    await world.edge.replace_routes([])
    problems = iter([Unavailable("not yet")])
    real = world.edge.replace_routes

    async def replace(found):
        for problem in problems:
            raise problem
        await real(found)

    monkeypatch.setattr(world.edge, "replace_routes", replace)
    await asyncio.wait_for(worker._restore_routes(world.worker_platform), 10)
    assert routes
    assert dict(await world.edge.routes()) == routes


def sweeps() -> list[str]:
    return [name for name, seconds in worker.schedules().items() if seconds >= 300]


async def test_an_edge_that_is_away_keeps_nothing_else_from_being_tidied(world, monkeypatch, capsys):
    await world.server()
    mona = await world.account()
    long_ago = clock.now() - timedelta(days=400)
    async with world.database.transaction() as session:
        await notifications.mail(session, "test", "sara@example.com", language="en")
        await session.execute(update(notifications.Mail).values(state="sent", created_at=long_ago))
        user = await session.get_one(identity.User, mona.user_id)
        await identity.sessions.open_session(session, user)
        await session.execute(update(identity.WebSession).values(expires_at=long_ago))
        values = {"actor_id": mona.id, "key": "k", "request_hash": "h", "created_at": long_ago}
        session.add(IdempotencyKey(**values))

    async def away() -> None:
        raise Unavailable("the edge is away")

    monkeypatch.setattr(world.edge, "routes", away)
    app = worker.queue_app(world.worker_platform, "test")
    async with app.open_async():
        await worker.tidy(app, world.worker_platform)
        for name in sweeps():
            await app.tasks[name].configure(task_kwargs={"timestamp": 1}).defer_async()
        await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")
    for table in ("mails", "sessions", "idempotency_keys", "procrastinate_jobs"):
        assert await world.scalar(f"SELECT count(*) FROM {table}") == 0, table
    said = capsys.readouterr()
    assert "task=launches.restore_routes" in said.out + said.err
    assert "server=local" in said.out + said.err
    assert "the edge is away" in said.out + said.err


async def test_every_schedule_names_a_task_and_a_time_the_library_knows(world):
    app = worker.scheduler(worker.queue_app(world.worker_platform, "test"))
    planned = app.periodic_registry.periodic_tasks.values()
    assert {each.task.name for each in planned} == set(worker.schedules())
    for each in planned:
        begun = each.croniter.get_next(float, start_time=1_000_000_000)
        again = each.croniter.get_next(float, start_time=begun)
        assert again - begun == worker.schedules()[each.task.name]


@pytest.mark.parametrize("seconds", [7, 90, 7 * 60, 3600])
def test_a_time_that_would_not_come_round_evenly_is_refused(seconds):
    with pytest.raises(ValueError, match="whole part"):
        worker.cron(seconds)


async def test_a_schedule_queues_one_that_waits_whatever_the_number_of_workers_and_the_time_that_passed(world):
    async def turn() -> None:
        for now in (1_000_000_000, 1_000_000_060, 1_000_000_400):
            await PeriodicDeferrer(app.periodic_registry).defer_jobs(
                (each, now) for each in app.periodic_registry.periodic_tasks.values()
            )

    app = worker.scheduler(worker.queue_app(world.worker_platform, "test"))
    async with app.open_async():
        await turn()
        await turn()
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
    assert await world.scalar(waiting) == len(worker.schedules())
    apart = "SELECT count(DISTINCT lock) FROM procrastinate_jobs WHERE lock = queueing_lock AND lock = task_name"
    assert await world.scalar(apart) == len(worker.schedules())


async def test_a_launch_that_an_operation_works_on_keeps_the_route_it_has(world):
    actor = await world.ground()
    launch_id = await world.launch(actor)
    before = dict(await world.edge.routes())
    async with world.database.transaction() as session:
        await launches.terminate(session, actor, launch_id)
    assert await launches.restore_routes(world.database, world.platform.fleet) == 0
    assert dict(await world.edge.routes()) == before


async def test_a_route_that_should_not_be_is_taken_away(world):
    actor = await world.ground()
    launch_id = await world.launch(actor)
    await world.edge.put_route("lch_gone", "gone.apps.localhost", 1)
    assert await launches.restore_routes(world.database, world.platform.fleet) == 1
    assert list(await world.edge.routes()) == [launch_id]


async def test_the_sweep_removes_what_nobody_owns_and_nothing_else(world):
    actor = await world.ground(database=True)
    launch_id = await world.launch(actor)
    kept = set(world.databases.made)
    await world.databases.clone(next(n for n in kept if n.startswith("tpl_")), "lch_orphan", "word", 1)
    await world.edge.put_route("lch_orphan", "orphan.apps.localhost", 1)
    found = await launches.sweep(world.database, world.platform.fleet)
    assert found == {"databases": ["lch_orphan"], "processes": [], "routes": ["lch_orphan"]}
    assert set(world.databases.made) == kept
    assert list(await world.edge.routes()) == [launch_id]
    assert not any((await launches.sweep(world.database, world.platform.fleet)).values())


async def job(world, status: str, of: int | None, name: str = "launches.restore_routes") -> int:
    statement = text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id)"
        " VALUES ('background', CAST(:name AS text), CAST(:name AS text), CAST(:name AS text), CAST(:status AS procrastinate_job_status), :of) RETURNING id"
    )
    async with world.database.transaction() as session:
        return (await session.execute(statement, {"name": name, "status": status, "of": of})).scalar_one()


async def dead_worker(world) -> int:
    statement = text(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
    )
    async with world.database.transaction() as session:
        return (await session.execute(statement)).scalar_one()


async def test_a_dead_worker_s_job_is_left_to_the_one_that_waits_for_the_same(world):
    dead = await dead_worker(world)
    await job(world, "doing", dead)
    twin = await job(world, "todo", None)
    behind = await job(world, "doing", dead, "launches.remove_orphans")
    app = worker.queue_app(world.worker_platform, "test")
    async with app.open_async():
        await worker.rescue(app, world.worker_platform)
    async with world.database.transaction() as session:
        rows = await session.execute(text("SELECT id, status::text FROM procrastinate_jobs ORDER BY id"))
        assert [tuple(row) for row in rows] == [(twin, "todo"), (behind, "todo")]

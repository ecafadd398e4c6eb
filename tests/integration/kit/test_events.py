"""Events exist exactly when their change does; each subscriber runs once for each."""

import asyncio
from collections.abc import Iterator

import pytest
from procrastinate import App
from sqlalchemy import text

from serai.kit import events, jobs
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.origin import Origin, set_origin
from serai.worker import queue_app
from tests.factories import World


class Heard:
    def __init__(self) -> None:
        self.by_one: list[str] = []
        self.fail = False


@pytest.fixture
def heard() -> Iterator[Heard]:
    made = Heard()

    async def one(session, event: events.Event) -> None:
        await session.execute(
            text("INSERT INTO worker_heartbeats VALUES (:id, now())"), {"id": event.id}
        )
        made.by_one.append(event.data["what"])
        if made.fail:
            raise RuntimeError

    async def two(session, event: events.Event) -> None:
        await session.execute(text("INSERT INTO worker_heartbeats VALUES (:id, now())"),
                              {"id": f"{event.id}-two"})  # fmt: skip

    events._subscribers["test.happened"] = {"one": one, "two": two}
    yield made
    del events._subscribers["test.happened"]


async def publish(database: Database, what: str = "it", kind: str = "test.happened") -> str:
    async with database.transaction() as session:
        event = await events.publish(session, SYSTEM, kind, "thing_1", "acc_1", what=what)
    return event.id


def queue(world: World) -> App:
    return queue_app(world.worker_platform, "test")


async def work_off(app: App) -> None:
    async with app.open_async():
        await app.run_worker_async(
            queues=[jobs.DEFAULT], wait=False, install_signal_handlers=False, delete_jobs="successful"
        )


async def test_each_subscriber_runs_once_through_the_real_queue(world: World, heard: Heard) -> None:
    await publish(world.database, "first")
    await publish(world.database, "second")
    await work_off(queue(world))
    assert sorted(heard.by_one) == ["first", "second"]
    assert await world.scalar("SELECT count(*) FROM worker_heartbeats") == 4
    assert await world.scalar("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_a_change_that_is_rolled_back_never_happened(world: World, heard: Heard) -> None:
    with pytest.raises(RuntimeError):
        async with world.database.transaction() as session:
            await events.publish(session, SYSTEM, "test.happened", "thing_1", what="nothing")
            raise RuntimeError
    assert await world.scalar("SELECT count(*) FROM events") == 0
    assert await world.scalar("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_an_event_nobody_hears_is_written_all_the_same(world: World) -> None:
    await publish(world.database, kind="test.unheard")
    assert await world.scalar("SELECT type FROM events") == "test.unheard"
    assert await world.scalar("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_a_job_that_runs_again_writes_nothing_twice(world: World, heard: Heard) -> None:
    event_id = await publish(world.database)
    job = jobs.Job(world.database, "test", None)
    both = (events.handle(job, event_id=event_id, handler="one") for _ in range(2))
    await asyncio.gather(*both)
    await events.handle(job, event_id=event_id, handler="one")
    assert heard.by_one == ["it"]


async def test_a_handler_that_failed_runs_again(world: World, heard: Heard) -> None:
    event_id = await publish(world.database)
    job = jobs.Job(world.database, "test", None)
    heard.fail = True
    with pytest.raises(RuntimeError):
        await events.handle(job, event_id=event_id, handler="one")
    assert await world.scalar("SELECT count(*) FROM worker_heartbeats") == 0
    heard.fail = False
    await events.handle(job, event_id=event_id, handler="one")
    assert await world.scalar("SELECT count(*) FROM worker_heartbeats") == 1


async def test_an_event_tells_who_when_and_by_which_request(world: World) -> None:
    set_origin(Origin(request_id="req_test"))
    actor = await world.account()
    async with world.database.transaction() as session:
        event = await events.publish(session, actor, "test.happened", "thing_1", actor.account_id, n=1)
    set_origin(Origin())
    assert event.actor == actor.as_json()
    assert event.actor["name"] == actor.name
    assert (event.data, event.request_id, event.at.tzinfo is not None) == ({"n": 1}, "req_test", True)


async def test_an_unknown_job_cannot_be_asked_for(world: World) -> None:
    with pytest.raises(ValueError, match=r"no task is called nothing\.here"):
        async with world.database.transaction() as session:
            await jobs.defer(session, "nothing.here")


async def test_a_name_belongs_to_one_task() -> None:
    async def other(job: jobs.Job) -> None: ...

    with pytest.raises(ValueError, match=r"two tasks are called events\.handle"):
        jobs.task("events.handle")(other)


async def test_a_job_of_a_former_version_finds_its_handler_in_another_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    async def stop_with_account(session, event: events.Event) -> None:
        told.append(event.subject)

    stop_with_account.__module__ = "serai.modules.launches.reactions"
    stop_with_account.__qualname__ = "stop_with_account"
    monkeypatch.setattr(events, "_subscribers", {})
    events.subscribe("test.happened")(stop_with_account)
    event_id = await publish(world.database)
    job = jobs.Job(world.database, "test", {})
    await events.handle(
        job, event_id=event_id, handler="serai.modules.launches.reactions.stop_with_account"
    )
    assert told == ["thing_1"]

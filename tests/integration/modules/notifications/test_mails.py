"""Mails exist exactly when what they tell of does, once each."""

import pytest

from serai.kit import jobs
from serai.kit.db import Session
from serai.modules import notifications
from tests.factories import World


async def fail(session: Session, name: str) -> None:
    await notifications.mail(
        session, "launch_failed", "sara@example.com", language="en", name=name, link="/console"
    )


async def test_a_mail_is_there_after_the_commit_and_newest_first(world: World) -> None:
    for name in ("first", "second"):
        async with world.database.transaction() as session:
            await fail(session, name)
    async with world.database.transaction() as session:
        found = [mail.subject for mail in await notifications.mailbox(session)]
        assert found == ["second could not be launched", "first could not be launched"]
        assert len(await notifications.mailbox(session, limit=1)) == 1


async def test_a_change_that_fails_sends_no_mail(world: World) -> None:
    with pytest.raises(RuntimeError):
        async with world.database.transaction() as session:
            await fail(session, "nile")
            raise RuntimeError
    assert await world.scalar("SELECT count(*) FROM mails") == 0


async def test_a_subscriber_s_job_that_runs_twice_mails_once(world: World) -> None:
    """A worker may die between the handler's commit and the queue's own bookkeeping."""
    actor = await world.ground()
    await world.launch(actor)
    job = jobs.Job(world.database, "test", None)
    arguments = await world.scalar(
        "SELECT args FROM procrastinate_jobs WHERE args->>'handler' LIKE '%tell_that_it_is_ready'"
    )
    for _ in range(2):
        await jobs.tasks()["events.handle"].run(job, **arguments)
    assert await world.scalar("SELECT count(*) FROM mails") == 1

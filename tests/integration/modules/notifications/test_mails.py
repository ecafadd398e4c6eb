"""Mails exist exactly when what they tell of does, once each."""

import pytest

from serai.kit import jobs
from serai.modules import notifications
from tests.factories import World


async def test_a_mail_is_there_after_the_commit_and_newest_first(world: World) -> None:
    for subject in ("first", "second"):
        async with world.database.transaction() as session:
            await notifications.send_mail(session, "sara@example.com", subject, "text")
    async with world.database.transaction() as session:
        assert [mail.subject for mail in await notifications.mailbox(session)] == ["second", "first"]
        assert len(await notifications.mailbox(session, limit=1)) == 1


async def test_a_change_that_fails_sends_no_mail(world: World) -> None:
    with pytest.raises(RuntimeError):
        async with world.database.transaction() as session:
            await notifications.send_mail(session, "sara@example.com", "s", "t")
            raise RuntimeError
    assert await world.scalar("SELECT count(*) FROM mails") == 0


async def test_a_subscriber_s_job_that_runs_twice_mails_once(world: World) -> None:
    """A worker may die between the handler's commit and the queue's own bookkeeping."""
    actor = await world.ground()
    await world.launch(actor)
    job = jobs.Job(world.database, "test", None)
    arguments = await world.scalar("SELECT args FROM procrastinate_jobs WHERE task_name = 'events.handle'")
    for _ in range(2):
        await jobs.tasks()["events.handle"](job, **arguments)
    assert await world.scalar("SELECT count(*) FROM mails") == 1

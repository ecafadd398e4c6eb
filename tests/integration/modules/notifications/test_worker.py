"""What the worker does with the queue: send it, or hold it where nobody would read it."""

import asyncio
from dataclasses import replace

from serai import worker
from tests.integration.modules.notifications.conftest import Post


async def test_in_development_mails_are_kept_on_this_machine(post: Post) -> None:
    await post.put()
    delivering = asyncio.create_task(worker.deliver_mail(post.world.worker_platform, "test"))
    assert await post.until_done() == {"kept": 1}
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)


async def test_in_production_without_a_driver_mails_wait_and_the_log_says_so(post: Post, capsys) -> None:
    await post.put()
    settings = post.settings(environment="production")
    await worker.deliver_mail(replace(post.world.worker_platform, settings=settings), "test")
    assert await post.states() == {"queued": 1}
    said = capsys.readouterr()
    assert "SERAI_MAIL" in said.out + said.err

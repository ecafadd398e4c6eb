"""Files go with their mail: the same bytes at every attempt, seen by whom the mail belongs to, gone with it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from serai.contracts.mail import Attachment, TryLater
from serai.kit import clock
from serai.kit.errors import Invalid
from serai.modules import notifications
from serai.modules.notifications.models import MailAttachment
from tests.integration.modules.notifications.conftest import Post

PDF = Attachment("INV-1.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff" * 1_000)
XML = Attachment("فاتورة.xml", "text/xml", b"<a/>")
INVOICE: dict[str, Any] = {
    "number": "INV-1",
    "amount": 28_500,
    "currency": "EGP",
    "due_on": None,
    "automatic": False,
}


async def put(post: Post, *files: Attachment, **more: Any) -> notifications.Mail:
    return await post.put(kind="invoice_issued", attachments=files, **INVOICE | more)


async def kept(post: Post) -> int:
    async with post.world.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(MailAttachment))).scalar_one()


async def test_files_reach_the_driver_in_their_order_at_every_attempt(post: Post) -> None:
    seen: list[list[Attachment]] = []
    send = post.driver.send

    async def watch(message: Any) -> Any:
        seen.append(list(message.attachments))
        return await send(message)

    post.driver.send = watch  # type: ignore[method-assign]
    post.driver.answers["mona@example.com"] = [TryLater("451 later")]
    async with post.sender():
        made = await put(post, PDF, XML)
        assert await post.until_done() == {"sent": 1}
    assert seen == [[PDF, XML], [PDF, XML]]
    assert made.attachments == 2


async def test_a_mail_without_files_carries_none(post: Post) -> None:
    await put(post, PDF, recipient="other@example.com")
    async with post.sender():
        await post.put()
        await post.until_done()
    assert {each.recipient: len(each.attachments) for each in post.driver.mails} == {
        "mona@example.com": 0, "other@example.com": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([Attachment("a.bin", "application/octet-stream", b"x" * 3_500_001)] * 2, "7,000,000 bytes together"),
        ([XML] * 11, "10 files"),
        ([Attachment("../a.pdf", "application/pdf", b"")], "no slashes"),
        ([Attachment("a\r\nBcc: x@y.test", "application/pdf", b"")], "no control characters"),
        ([Attachment("", "application/pdf", b"")], "no slashes"),
        ([Attachment("a.pdf", "application/pdf\r\nX: y", b"")], "looks like application/pdf"),
    ],
)
async def test_what_servers_would_not_take_is_refused_before_it_is_queued(
    post: Post, files: list[Attachment], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        await put(post, *files)
    assert await post.states() == {}
    assert await kept(post) == 0


async def test_files_are_seen_by_their_account_and_by_no_other(post: Post) -> None:
    mona, omar = await post.world.account(), await post.world.account()
    made = await put(post, PDF, account_id=mona.account_id)
    found = []
    for actor in (mona, omar):
        async with post.world.database.acting(actor).transaction() as session:
            found.append(await notifications.attachments.of_mail(session, made))
    assert found == [(PDF,), ()]


async def test_files_go_with_their_mail(post: Post, moving: clock.MovableClock) -> None:
    await put(post, PDF)
    async with post.sender():
        await post.until_done()
    assert await kept(post) == 1
    moving.move(timedelta(days=100))
    await notifications.tidy(post.world.database, post.settings())
    assert await kept(post) == 0

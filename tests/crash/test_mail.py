"""Ten thousand mails, an SMTP server that drops, stalls and refuses for now, and workers that die."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from serai.modules import notifications
from serai.modules.notifications.models import Mail
from tests.crash.platform import PLAIN, ROOT, Ground, Workers
from tests.crash.smtp import read_log
from tests.support import eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
]
MAILS, SEED, AT_ONCE = 10_000, 20_260_101, 12
KILLS_AT = (2_000, 5_000)


@pytest_asyncio.fixture(loop_scope="module")
async def unreliable(base: Ground) -> AsyncIterator[tuple[str, Path]]:
    """The server's address, and the log of what it accepted."""
    log = base.settings.state / "smtp.log"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.smtp", str(log), str(SEED), stdout=asyncio.subprocess.PIPE,
        cwd=ROOT, env=base.environment,
    )  # fmt: skip
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    yield f"smtp://127.0.0.1:{port}?tls=none", log
    process.kill()
    await process.wait()


async def test_ten_thousand_mails_through_an_unreliable_server_and_two_kills(
    base: Ground, unreliable: tuple[str, Path], record_property
) -> None:
    url, log = unreliable
    await queue(base, MAILS)
    began = asyncio.get_running_loop().time()
    environment = {
        "SERAI_MAIL": "smtp", "SERAI_SMTP_URL": url, "SERAI_MAIL_AT_ONCE": str(AT_ONCE),
        "SERAI_MAIL_RETRY_SECONDS": "0.2", "SERAI_MAIL_TIMEOUT_SECONDS": "1", "SERAI_MAIL_LEASE_SECONDS": "4",
    }  # fmt: skip
    doubtful: set[str] = set()
    async with Workers(base, 1, PLAIN, environment) as workers:
        for number, limit in enumerate(KILLS_AT, 1):
            await eventually(lambda limit=limit: _has_accepted(log, limit), 120, every=0.02)
            workers.processes[0].kill()
            await eventually(lambda number=number: _has_died(workers, number), 10, every=0.01)
            doubtful |= await in_flight(base)
        await eventually(lambda: _all_sent(base), 200, every=0.2)
        assert len(workers.deaths) == len(KILLS_AT)
    took = asyncio.get_running_loop().time() - began

    accepted, trouble = read_log(log)
    ids = await mail_ids(base)
    lost = [each for each in ids if accepted[each] == 0]
    repeated = {each: count for each, count in accepted.items() if count > 1}
    extra = sum(repeated.values()) - len(repeated)
    record_property(
        "figures",
        f"{len(ids)} mails in {took:.0f} s through {sum(trouble.values())} troubles {dict(trouble)} and "
        f"{len(KILLS_AT)} SIGKILLs: {len(lost)} lost, {extra} repeated of {len(doubtful)} in flight at a kill",
    )
    assert lost == []
    assert set(accepted) == set(ids), "nothing else was sent"
    assert await recorded(base) == Counter(accepted) - Counter(dict.fromkeys(repeated, 1)), (
        "each is recorded as sent exactly as often as it was accepted, but for acceptances a kill swallowed"
    )
    assert repeated.keys() <= doubtful, "only what was in flight at a kill came twice"


async def queue(base: Ground, count: int) -> None:
    async with base.platform.database.transaction() as session:
        for number in range(count):
            await notifications.mail(
                session, "launch_ready", f"p{number}@example.com", language="en", name=f"nile{number}",
                url=f"https://nile{number}.apps.example.com", link="/console/systems",
            )  # fmt: skip


async def in_flight(base: Ground) -> set[str]:
    """What the dead worker had claimed."""
    async with base.platform.database.transaction() as session:
        return set((await session.execute(select(Mail.id).where(Mail.state == "sending"))).scalars())


async def mail_ids(base: Ground) -> list[str]:
    async with base.platform.database.transaction() as session:
        return list((await session.execute(select(Mail.id))).scalars())


async def recorded(base: Ground) -> Counter[str]:
    """How many acceptances each mail's history tells of."""
    async with base.platform.database.transaction() as session:
        rows = await session.execute(select(Mail.id, Mail.history))
        return Counter({i: sum(e["outcome"] == "sent" for e in history) for i, history in rows})


async def _all_sent(base: Ground) -> bool:
    async with base.platform.database.transaction() as session:
        query = select(func.count()).select_from(Mail).where(Mail.state != "sent")
        return (await session.execute(query)).scalar_one() == 0


async def _has_accepted(log: Path, count: int) -> bool:
    return log.exists() and log.read_bytes().count(b"accepted") >= count


async def _has_died(workers: Workers, times: int) -> bool:
    return len(workers.deaths) == times

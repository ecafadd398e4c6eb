"""The same key with the same request is answered once, and the answer is repeated."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from serai.kit import clock, idempotency
from serai.kit.actor import Actor
from serai.kit.db import Database
from serai.kit.errors import Invalid

ACTOR = Actor("token", "tok_1", "acc_1")
HEADERS = {"Location": "/somewhere"}


async def ask(
    database: Database, key: str = "key-1", body: bytes = b"{}", actor: Actor = ACTOR, work=None
) -> tuple[int, bytes, dict[str, str], bool]:
    """Status, body, headers, and whether it was a replay."""
    async with database.transaction() as session:
        known = await idempotency.replay(session, actor, key, "POST", "/things", body)
        if known is not None:
            return known.status, known.body, dict(known.headers), True
        if work is not None:
            await work()
        await idempotency.remember(session, actor, key, 202, b"made", HEADERS)
        return 202, b"made", HEADERS, False


async def test_the_second_time_the_first_answer_comes_again(database: Database) -> None:
    assert await ask(database) == (202, b"made", HEADERS, False)
    assert await ask(database) == (202, b"made", HEADERS, True)


async def test_the_key_with_another_body_is_refused(database: Database) -> None:
    await ask(database)
    with pytest.raises(idempotency.KeyReused):
        await ask(database, body=b"other")


async def test_keys_of_others_are_others(database: Database) -> None:
    await ask(database)
    assert not (await ask(database, actor=Actor("token", "tok_2", "acc_2")))[3]


async def test_a_narrower_token_of_the_same_key_is_not_told_what_a_wider_one_was(database: Database) -> None:
    wide = Actor("token", "tok_1", "acc_1", grants=frozenset({"launches:read:account", "keys:read:account"}))
    narrow = replace(wide, grants=frozenset({"launches:read:account"}))
    await ask(database, actor=wide)
    with pytest.raises(idempotency.KeyReused):
        await ask(database, actor=narrow)
    assert (await ask(database, actor=wide))[3]


async def test_of_two_at_once_one_runs_and_the_other_waits_for_its_answer(database: Database) -> None:
    ran = []

    async def work() -> None:
        ran.append(1)
        await asyncio.sleep(0.05)

    answers = await asyncio.gather(*(ask(database, work=work) for _ in range(4)))
    assert len(ran) == 1
    assert sorted(answer[3] for answer in answers) == [False, True, True, True]


async def test_a_request_that_failed_may_be_sent_again(database: Database) -> None:
    async def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask(database, work=fail)
    assert not (await ask(database))[3]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\x00b"])
async def test_a_malformed_key_is_refused(database: Database, key: str) -> None:
    with pytest.raises(Invalid):
        await ask(database, key)


@pytest.fixture
def moving() -> Iterator[clock.MovableClock]:
    made = clock.MovableClock(clock.now())
    before = clock.use(made)
    yield made
    clock.use(before)


async def test_answers_are_forgotten_after_a_day(database: Database, moving: clock.MovableClock) -> None:
    await ask(database)
    moving.move(timedelta(days=1, seconds=1))
    async with database.transaction() as session:
        await idempotency.tidy(session)
    assert not (await ask(database))[3]


@pytest.mark.parametrize(
    ("work", "days", "known"),
    [("billing.card_expiring", 60, True), ("billing.card_expiring", 401, False), (idempotency.HANDLERS, 7, True),
     (idempotency.HANDLERS, 9, False)],
)  # fmt: skip
async def test_what_was_done_once_is_remembered_longer_than_answers(
    database: Database, moving: clock.MovableClock, work: str, days: int, known: bool
) -> None:
    async with database.transaction() as session:
        assert await idempotency.first_time(session, work, "it")
    moving.move(timedelta(days=days))
    async with database.transaction() as session:
        await idempotency.tidy(session)
        assert await idempotency.first_time(session, work, "it") is not known

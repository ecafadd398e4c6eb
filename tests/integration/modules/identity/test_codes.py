"""Codes by mail: as many as are allowed, also when many are asked for at once."""

import asyncio

from serai.modules import identity
from tests.factories import World


async def test_codes_asked_for_at_once_are_counted_one_by_one(world: World) -> None:
    async def ask(number: int) -> bool:
        browser = f"browser-number-{number:010d}"
        try:
            async with world.database.transaction() as session:
                await identity.request_code(
                    session, "victim@example.com", browser=browser, ip=f"198.51.100.{number}"
                )
        except identity.TooManyCodes:
            return False
        return True

    assert sum(await asyncio.gather(*(ask(number) for number in range(20)))) == 6

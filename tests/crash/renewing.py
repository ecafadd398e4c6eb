"""A worker process that only renews, at a moment it is told; the tests kill it."""

import asyncio
import os
from datetime import datetime

from serai.composition import open_platform
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.kit.errors import SeraiError
from serai.kit.settings import Settings
from serai.modules.billing import subscriptions


async def main() -> None:
    clock.use(clock.MovableClock(datetime.fromisoformat(os.environ["RENEW_AT"])))
    platform = open_platform(Settings(), pool_size=2, acting=SYSTEM)
    while True:
        try:
            await subscriptions.renew_all(platform.database)
        except SeraiError:  # the database restarts
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main())

"""Ends a platform that runs elsewhere on this machine, for `make clean`."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from serai.kit.errors import Unavailable
from serai.kit.settings import Settings
from serai.up import preflight

_STOP_SECONDS = 60


async def stop_everything(settings: Settings) -> None:
    """End the `serai up` of this state directory, if one runs, and a database left behind."""
    lock = settings.state / "up.lock"
    if lock.exists():
        await _end(lock)
    if (settings.state / "postgres" / "data").exists():
        await preflight.embedded(settings).stop()


async def _end(lock: Path) -> None:
    """Whoever holds the lock is `serai up`; when nobody does, the number in it means nothing."""
    deadline = time.monotonic() + _STOP_SECONDS
    asked = False
    while not preflight.is_free(lock):
        if not asked:
            with suppress(ValueError, ProcessLookupError):
                os.kill(int(lock.read_text()), signal.SIGTERM)
            asked = True
        if time.monotonic() > deadline:
            raise Unavailable(f"Process {lock.read_text()} does not end. End it and run this again.")
        await asyncio.sleep(0.1)

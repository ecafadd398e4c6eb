"""Small helpers for tests."""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
# 0 in `make test`; in `make soak` long tests are whole, and random ones so many times as long.
SOAK = int(os.environ.get("SERAI_SOAK", "0"))


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """For session fixtures, which have no loop of their own."""
    return asyncio.run(work)


def fast_directory() -> str | None:
    """Memory where there is room: ext4 is slow at making many files after many were deleted."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30:
        return str(memory)
    return None


async def eventually(check: Callable[[], Awaitable[Any]], seconds: float = 10, every: float = 0.05) -> Any:
    """The first true answer of `check`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = await check()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        await asyncio.sleep(every)

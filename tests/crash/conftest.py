"""The ground the crash tests stand on: real database, agent and edge; one for all of them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.crash.platform import Ground
from tests.support import fast_directory

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def crash_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="serai-crash-", dir=fast_directory()) as name:
        Path(name).chmod(0o711)
        yield Path(name) / "home"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def base(crash_home: Path) -> AsyncIterator[Ground]:
    made = Ground(crash_home)
    await made.start()
    for product in ("light", "failing"):
        await made.load(HERE / product)
    yield made
    await made.stop()
    await asyncio.sleep(0)

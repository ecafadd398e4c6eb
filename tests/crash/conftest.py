"""The ground the crash tests stand on: real database, agent and edge; one for all of them."""

import asyncio
import shutil
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
    await made.load(HERE / "light")
    await made.load(_failing(crash_home.parent / "failing"))
    yield made
    await made.stop()
    await asyncio.sleep(0)


def _failing(directory: Path) -> Path:
    """The light product with a probe that is never answered as it should be."""
    shutil.copytree(HERE / "light", directory)
    file = directory / "blueprint.yaml"
    text = file.read_text().replace("slug: light", "slug: failing")
    file.write_text(text.replace("{ path: /, timeout: 20 }", "{ path: /, status: 204, timeout: 1 }"))
    return directory

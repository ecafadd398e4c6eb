"""A platform on fakes over a real, fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serai.kit import clock
from serai.kit.clock import MovableClock
from serai.kit.db import Database
from tests.factories import World, make_world


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return make_world(database, tmp_path / "home")


@pytest.fixture
def moving() -> Iterator[MovableClock]:
    """The clock every part reads, standing still until the test moves it."""
    made = MovableClock(clock.now())
    before = clock.use(made)
    yield made
    clock.use(before)

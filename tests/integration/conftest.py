"""A platform on fakes over a real, fresh database."""

from pathlib import Path

import pytest

from serai.kit.db import Database
from tests.factories import World, make_world


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return make_world(database, tmp_path / "home")

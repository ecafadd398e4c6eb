"""Fonts come from the build of the assets, which any test may be the first to need."""

import pytest

from serai.portals.ui.assets import ensure_built


@pytest.fixture(scope="session", autouse=True)
def _fonts() -> None:
    ensure_built(lambda _text: None)

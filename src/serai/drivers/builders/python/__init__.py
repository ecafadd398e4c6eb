"""Builds releases of applications that run on Python, with npm packages where they have any."""

from collections.abc import Mapping

from serai.drivers.builders.python.builder import PythonReleaseBuilder
from serai.kit.settings import Settings

__all__ = ["PythonReleaseBuilder", "from_settings"]


def from_settings(_settings: Settings, _own: Mapping[str, str]) -> PythonReleaseBuilder:
    return PythonReleaseBuilder()

"""The drivers and settings that launch steps work with, put together by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from serai.contracts.builder import ReleaseBuilder
from serai.contracts.databases import Databases
from serai.contracts.edge import Edge
from serai.contracts.runtime import Runtime
from serai.kit.secrets import Vault
from serai.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Machinery:
    settings: Settings
    vault: Vault
    runtime: Runtime
    edge: Edge
    databases: Databases
    builder: ReleaseBuilder

    def release_directory(self, release_id: str) -> Path:
        return self.settings.state / "releases" / release_id

    def launch_directory(self, launch_id: str) -> Path:
        return self.settings.state / "launches" / launch_id

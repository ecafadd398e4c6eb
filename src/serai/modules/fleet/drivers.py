"""What a server is worked with: drivers of its own, and where on it files lie."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from serai.contracts.builder import ReleaseBuilder
from serai.contracts.databases import Databases
from serai.contracts.edge import Edge
from serai.contracts.runtime import Runtime


class DriverChoice(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A driver by name, and where it finds its part of the server: `{"socket": "/srv/agent.sock"}`.
    Secrets do not stand here but in files that are named here."""

    name: str
    settings: dict[str, str] = msgspec.field(default_factory=dict)


class ServerDrivers(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """As a server's row keeps them. What is not chosen is what the platform's own settings say.
    `home`: the server's directory for releases and launches."""

    home: str | None = None
    runtime: DriverChoice | None = None
    edge: DriverChoice | None = None
    databases: DriverChoice | None = None
    builder: DriverChoice | None = None


def shared_parts(one: ServerDrivers, other: ServerDrivers) -> list[str]:
    """What two servers cannot both have. Builders work below their server's home."""
    return [
        part for part in ("runtime", "edge", "databases", "home") if getattr(one, part) == getattr(other, part)
    ]


@dataclass(frozen=True, slots=True)
class Drivers:
    """One server's, connected."""

    runtime: Runtime
    edge: Edge
    databases: Databases
    builder: ReleaseBuilder
    home: Path

    def release_directory(self, release_id: str) -> Path:
        return self.home / "releases" / release_id

    def launch_directory(self, launch_id: str) -> Path:
        return self.home / "launches" / launch_id

    async def close(self) -> None:
        for part in (self.runtime, self.edge, self.databases, self.builder):
            close = getattr(part, "close", None)
            if close is not None:
                await close()

"""The entry point of the runtime `process`."""

from collections.abc import Mapping
from pathlib import Path

from serai.drivers.runtimes.process.client import ProcessRuntime
from serai.kit.settings import Settings


def from_settings(settings: Settings, own: Mapping[str, str]) -> ProcessRuntime:
    """`own`: `socket`, that of the server's agent."""
    return ProcessRuntime(Path(own.get("socket") or settings.sockets / "agent.sock"))

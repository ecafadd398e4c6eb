"""The entry point of the runtime `process`."""

from serai.drivers.runtimes.process.client import ProcessRuntime
from serai.kit.settings import Settings


def from_settings(settings: Settings) -> ProcessRuntime:
    return ProcessRuntime(settings.sockets / "agent.sock")

"""Caddy as the edge: one port for the portals and every launch, changed over its admin socket."""

from serai.drivers.edge.caddy.driver import CaddyEdge
from serai.drivers.edge.caddy.server import base_config, binary, command, environment
from serai.kit.settings import Settings

__all__ = ["CaddyEdge", "base_config", "binary", "command", "environment", "from_settings"]


def from_settings(settings: Settings) -> CaddyEdge:
    return CaddyEdge(settings.sockets / "edge.sock")

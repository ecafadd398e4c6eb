"""Caddy as the edge: one port for the portals and every launch, changed over its admin socket."""

from collections.abc import Mapping
from pathlib import Path

from serai.drivers.edge.caddy.driver import CaddyEdge
from serai.drivers.edge.caddy.server import base_config, binary, command, environment
from serai.kit.settings import Settings

__all__ = ["CaddyEdge", "base_config", "binary", "command", "environment", "from_settings"]


def from_settings(settings: Settings, own: Mapping[str, str]) -> CaddyEdge:
    """`own`: `socket`, that of the server's Caddy's admin API."""
    return CaddyEdge(Path(own.get("socket") or settings.sockets / "edge.sock"))

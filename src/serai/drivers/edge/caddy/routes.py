"""One launch's entry in Caddy's configuration, made and read back.

All launches share ONE proxy: a `map` looks the port up by host. A route of its own for each would
make Caddy build its transport again at every change of any (123 ms at 1,000 launches).
"""

from collections.abc import Iterable, Mapping
from typing import Any

TABLE_ID = "launches"
UPSTREAM = "{serai.upstream}"

Route = tuple[str, int]


def table(mappings: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """The handler that looks a host up; hosts it does not know get an empty upstream."""
    return {
        "@id": TABLE_ID,
        "handler": "map",
        "source": "{http.request.host}",
        "destinations": [UPSTREAM],
        "mappings": list(mappings),
        "defaults": [""],
    }


def mapping(launch_id: str, host: str, port: int) -> dict[str, Any]:
    return {"@id": launch_id, "input": host.lower(), "outputs": [f"127.0.0.1:{port}"]}


def mappings(routes: Mapping[str, Route]) -> list[dict[str, Any]]:
    """In a fixed order, so that an unchanged set is an unchanged configuration."""
    return [mapping(launch_id, *routes[launch_id]) for launch_id in sorted(routes)]


def read(entries: Iterable[dict[str, Any]] | None) -> dict[str, Route]:
    """launch_id → (host, port)."""
    found = {}
    for entry in entries or ():
        _, _, port = str(entry["outputs"][0]).rpartition(":")
        found[str(entry["@id"])] = (str(entry["input"]), int(port))
    return found

"""Puts public host names in front of what runs."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Edge(Protocol):
    """Puts a public host name in front of a local port."""

    async def put_route(self, launch_id: str, host: str, port: int) -> None: ...

    async def remove_route(self, launch_id: str) -> None: ...

    async def replace_routes(self, routes: Iterable[tuple[str, str, int]]) -> None:
        """Make exactly these (launch_id, host, port) the routes, in one change."""

    async def routes(self) -> Mapping[str, tuple[str, int]]:
        """launch_id → (host, port), as the edge itself reports it."""

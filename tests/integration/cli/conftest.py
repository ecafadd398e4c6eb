"""Runs commands as a shell would: arguments and environment in, exit code and two streams out."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from serai import cli
from tests.factories import World


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, self
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON object a line, as `--watch --json` prints; the log of a worker beside it is left out."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def error(self) -> Any:
        return json.loads(self.err)


Serai = Callable[..., Awaitable[Ran]]


@pytest.fixture
def serai(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Serai:
    """`await serai("launch", "list", "--json")` against the world's platform."""
    monkeypatch.setenv("SERAI_HOME", str(world.platform.settings.home))
    monkeypatch.setenv("DATABASE_URL", world.database.url)
    monkeypatch.setenv("SERAI_TENANT_DATABASE_URL", world.database.url)

    def call() -> int:
        try:
            cli.main()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return 0

    async def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["serai", *arguments])
        code = await asyncio.to_thread(call)
        return Ran(code, *capfd.readouterr())

    return run

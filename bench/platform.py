"""A platform of its own for the benches, started as a user starts it."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from serai.composition import Platform, open_platform
from serai.drivers.databases.postgres.embedded import binaries
from serai.kit.actor import SYSTEM
from serai.kit.settings import ROOT, Settings

SERAI = str(ROOT / "bin" / "serai")


class BenchPlatform:
    """`serai up` in a directory that is deleted at the end, with the products of `products`."""

    def __init__(self, first: str, products: Path) -> None:
        self._first = first
        self._directory = Path(tempfile.mkdtemp(prefix="serai-bench-"))
        self._directory.chmod(0o711)
        self.home = self._directory / "home"
        self.settings = Settings(home=self.home, port=_free_port())
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self._environment = {
            **os.environ, "SERAI_HOME": str(self.home), "SERAI_PORT": str(self.settings.port),
            "SERAI_PRODUCTS": str(products),
        }  # fmt: skip
        self.opened: Platform
        self.token = ""

    async def __aenter__(self) -> "BenchPlatform":
        print(f"Starting a platform for the bench ({self._first}); this builds the release…")
        self._up = await asyncio.create_subprocess_exec(
            SERAI, "up", "--first", self._first, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._up.stdout is not None
        async for line in self._up.stdout:
            if b"Ctrl-C" in line:
                break
        else:
            raise SystemExit("the platform did not start")
        self._drain = asyncio.create_task(self._up.stdout.read())
        self.token = json.loads(await self._cli("token", "create", "--platform", "--json"))["token"]
        self.opened = open_platform(self.settings, acting=SYSTEM)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.opened.close()
        self._up.send_signal(signal.SIGINT)
        await self._up.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def fund(self) -> None:
        """Enough in the operator's wallet for every order, given as staff do."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{self.url}/api/v1/account", headers=headers) as answer,
        ):
            answer.raise_for_status()
            account = (await answer.json())["id"]
        await self._cli("wallet", "adjust", account, "10000.00", "USD", "--reason", "The launches of a bench")

    async def ended(
        self, client: aiohttp.ClientSession, operation_id: str, headers: dict[str, str]
    ) -> dict[str, Any]:
        while True:
            async with client.get(f"{self.url}/api/v1/operations/{operation_id}", headers=headers) as answer:
                operation: dict[str, Any] = await answer.json()
            if operation["finished"]:
                return operation
            await asyncio.sleep(0.1)

    def admin_url(self) -> str:
        return self.settings.secret_file("tenant_database_url").read_text().strip()

    def psql(self) -> str:
        return str(binaries() / "psql")

    async def _cli(self, *arguments: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            SERAI, *arguments, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        if process.returncode:
            sys.exit(process.returncode)
        return printed


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A whole platform as `serai up` starts it, shared by the tests that visit it."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.modules import identity
from tests.e2e.browsers import CHROMIUM, FLAGS, listen_for_complaints

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningPlatform:
    url: str
    home: Path

    def address_of(self, name: str) -> str:
        return self.url.replace("localhost", f"{name}.apps.localhost")

    def make_staff(self, email: str) -> None:
        async def make() -> None:
            database = Database((self.home / "secrets" / "database_url").read_text()).acting(SYSTEM)
            async with database.transaction() as session:
                await identity.ensure_user(session, email, staff_role="superadmin")
            await database.close()

        # Playwright keeps a loop running in this thread.
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(asyncio.run, make()).result()


@pytest.fixture(scope="session")
def running_platform() -> Iterator[RunningPlatform]:
    with platform_up() as platform:
        yield platform


@contextmanager
def platform_up(**more: str) -> Iterator[RunningPlatform]:
    """`serai up` with the examples and no first system, in a home of its own; `more` environment."""
    with tempfile.TemporaryDirectory(prefix="serai-e2e-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        home, port = Path(directory) / "home", free_port()
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
            "SERAI_HOME": str(home), "SERAI_PORT": str(port), "SERAI_PRODUCTS": str(ROOT / "examples"),
            **more,
        }  # fmt: skip
        log = Path(directory) / "up.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [ROOT / "bin" / "serai", "up", "--first", ""],
                env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=directory,
            )  # fmt: skip
        try:
            url = f"http://localhost:{port}"
            _wait_until_sold(url, process, log)
            yield RunningPlatform(url, home)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(40)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Per module: while Playwright runs, asynchronous tests cannot have a loop of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A new visitor's page, under the real policy; its test fails when the console complains."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
    page = context.new_page()
    complaints = listen_for_complaints(page)
    yield page
    context.close()
    assert complaints == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_sold(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the example product can be bought: that is after /readyz."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/products/hello", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())

"""The agent: `python -m serai.drivers.runtimes.process.agent --state DIR --socket PATH`.

It owns every launch's process of this server, so that workers come and go. SIGTERM stops all and
ends it; started again it brings back what was wanted to run.
"""

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import structlog
from aiohttp import web

from serai.drivers.runtimes.process.api import application
from serai.drivers.runtimes.process.isolation import probe
from serai.drivers.runtimes.process.keeper import Keeper
from serai.drivers.runtimes.process.spawn import Spawner
from serai.drivers.runtimes.process.store import Store
from serai.drivers.runtimes.process.supervision import Timing

log = structlog.get_logger()

_LONGEST_SOCKET_PATH = 100  # bytes: the kernel's own bound is 104 on macOS, 108 on Linux


async def serve(state: Path, socket: Path, timing: Timing) -> None:
    """Until SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    isolation = await probe(state)
    store = Store(state / "launches")
    keeper = Keeper(state, Spawner(isolation, store), store, timing)
    await keeper.resume()
    runner = web.AppRunner(
        application(keeper, isolation),
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=1,
    )
    await runner.setup()
    socket.unlink(missing_ok=True)
    await web.UnixSite(runner, str(socket)).start()
    socket.chmod(0o600)
    log.info("agent_ready", socket=str(socket), pid=os.getpid())
    await told.wait()
    await keeper.close()
    await runner.cleanup()
    socket.unlink(missing_ok=True)
    log.info("agent_stopped")


@contextlib.contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the state directory; ends the program when another agent does."""
    with (state / "agent.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another agent already serves {state}. Stop it first.")
        yield


def main() -> None:
    parser = argparse.ArgumentParser(prog="serai-agent", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="the agent's own directory")
    parser.add_argument("--socket", type=Path, required=True, help="the unix socket it listens on")
    arguments = parser.parse_args()
    if len(os.fsencode(arguments.socket)) > _LONGEST_SOCKET_PATH:
        sys.exit(f"{arguments.socket} is too long for a unix socket: use a shorter directory.")
    os.umask(0o077)
    arguments.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_one(arguments.state):
        asyncio.run(serve(arguments.state.resolve(), arguments.socket, Timing()))


if __name__ == "__main__":
    main()

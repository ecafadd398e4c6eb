"""A worker that kills itself, once, at the boundaries that the plan file names.

The plan maps an operation's id to a boundary such as `do:clone_database:end`; a file per boundary
in the same directory tells that it has been reached. So many workers die that each is a fork of one
process, which has imported all there is.
"""

import asyncio
import ctypes
import json
import os
import random
import signal
import sys
from pathlib import Path

from serai import worker
from serai.kit import logs
from serai.kit.settings import Settings
from serai.modules.operations import runner

PLAN = Path(os.environ["CRASH_PLAN"])
_PR_SET_PDEATHSIG = 1
_begin = runner.Runner._begin
_attempt = runner.Runner._attempt
_do_all = runner.Runner._do_all
_undo = runner.Runner._undo
_set_undo = runner.Runner._set_undo


def die_at(operation_id: str, boundary: str) -> None:
    if json.loads(PLAN.read_text()).get(operation_id) != boundary:
        return
    try:
        (PLAN.parent / operation_id).touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


async def begin(self: runner.Runner, row) -> None:
    die_at(self._operation.id, f"do:{row.name}:before")
    await _begin(self, row)
    if row.position:
        die_at(self._operation.id, f"do:{self._rows[row.position - 1].name}:after")


async def attempt(self: runner.Runner, row, step):
    name = self._operation.id
    die_at(name, f"do:{row.name}:start")
    timer = asyncio.get_running_loop().call_later(
        random.uniform(0.001, 0.03), die_at, name, f"do:{row.name}:middle"
    )
    try:
        output = await _attempt(self, row, step)
    finally:
        timer.cancel()
    die_at(name, f"do:{row.name}:middle")
    die_at(name, f"do:{row.name}:end")
    return output


async def do_all(self: runner.Runner) -> None:
    await _do_all(self)
    die_at(self._operation.id, f"do:{self._rows[-1].name}:after")


async def undo(self: runner.Runner, row, step):
    die_at(self._operation.id, f"undo:{row.name}:before")
    return await _undo(self, row, step)


async def set_undo(self: runner.Runner, row, state: str) -> None:
    point = "start" if state == "undoing" else "end"
    die_at(self._operation.id, f"undo:{row.name}:{point}")
    await _set_undo(self, row, state)
    if state == "undone":
        die_at(self._operation.id, f"undo:{row.name}:after")


runner.Runner._begin = begin
runner.Runner._attempt = attempt
runner.Runner._do_all = do_all
runner.Runner._undo = undo
runner.Runner._set_undo = set_undo

def run_forks() -> None:
    """One worker after the other, each a fork; the last one dies with us."""
    while child := os.fork():
        os.waitpid(child, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    logs.configure()
    asyncio.run(worker.run(Settings()))


if __name__ == "__main__":
    run_forks()

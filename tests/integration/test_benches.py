"""Every bench runs through, small: its figures mean nothing then, but it has not rotted."""

import os
import re
import signal
import subprocess
import sys

import pytest

from bench.__main__ import BENCHES
from serai.kit.settings import ROOT

WALL_SECONDS = 840  # against hanging, not against slowness
# The engine's peer is not installed for this.
PRINTED = dict.fromkeys(BENCHES, r"\bratio +\d+\.\d") | {"engine": r"\bSerai +\d+\n"}


@pytest.mark.timeout(WALL_SECONDS + 60)
@pytest.mark.parametrize("name", BENCHES)
def test_bench_runs_and_prints_its_figures(name):
    printed = smoke(name)
    assert re.search(PRINTED[name], printed), printed
    assert "books hold: False" not in printed


def smoke(name: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    bench = subprocess.Popen(
        [sys.executable, "-m", "bench", name],
        cwd=ROOT, env=environment | {"SERAI_BENCH_SMOKE": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        printed, _ = bench.communicate(timeout=WALL_SECONDS)
    except BaseException:
        os.killpg(bench.pid, signal.SIGINT)  # `serai up` takes its processes along
        bench.wait(20)
        raise
    assert bench.returncode == 0, printed
    return printed

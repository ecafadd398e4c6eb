"""Operations of two empty steps a second, beside workflows of two empty steps in DBOS.

Both are queued first; then one worker process each, on one server and as durable as it comes, brings
them to their end, measured by that worker from its first look at the queue. DBOS is installed into an
environment of its own. `SERAI_BENCH_SMOKE=1` runs ours alone, and few of them.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from bench import engine_worker
from bench.scratch import BenchDatabase
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.settings import ROOT
from serai.modules import operations

DBOS = "dbos==3.4.0"
COUNT, ROUNDS, GOAL = 300, 2, 1.5


async def run() -> None:
    smoke = bool(os.environ.get("SERAI_BENCH_SMOKE"))
    count, rounds = (10, 1) if smoke else (COUNT, ROUNDS)
    print(f"\nengine, operations of two empty steps, {count} queued, one worker process, operations a second")
    with tempfile.TemporaryDirectory(prefix="serai-bench-") as directory:
        python = None if smoke else await asyncio.to_thread(install_dbos, Path(directory))
        async with BenchDatabase() as bench:
            for _ in range(rounds):
                ours = await drain_ours(bench.database, count)
                if python is None:
                    print(f"  Serai {ours:9.0f}")
                    continue
                peer = await drain_dbos(bench, python, count)
                print(f"  Serai {ours:9.0f}   DBOS {peer:9.0f}   ratio {ours / peer:5.2f} (goal {GOAL})")


async def drain_ours(database: Database, count: int) -> float:
    engine_worker.register()
    for number in range(count):
        async with database.transaction() as session:
            await operations.enqueue(
                session, SYSTEM, engine_worker.KIND, subject=f"thing_{number}", subject_name="thing"
            )
    return await _rate(count, sys.executable, "-m", "bench.engine_worker", database.url)


async def drain_dbos(bench: BenchDatabase, python: Path, count: int) -> float:
    async with await psycopg.AsyncConnection.connect(bench.bare_url, autocommit=True) as admin:
        await admin.execute("DROP DATABASE IF EXISTS dbos WITH (FORCE)")
        await admin.execute("CREATE DATABASE dbos")
    url = bench.bare_url.rsplit("/", 1)[0] + "/dbos"
    peer = str(Path(__file__).with_name("engine_dbos.py"))
    await _rate(count, str(python), "-P", peer, "ask", url, str(count))
    return await _rate(count, str(python), "-P", peer, "work", url, str(count))


def install_dbos(directory: Path) -> Path:
    uv = Path(sys.executable).with_name("uv")
    python = directory / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, directory], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, DBOS], check=True)
    return python


async def _rate(count: int, *command: str) -> float:
    """The command's last line is the seconds it took."""
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
    return count / float(done.stdout.split()[-1])

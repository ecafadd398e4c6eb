"""Transfers a second as production posts them, beside pgbench calling the same function in the same run.

Payments post one transfer in the transaction of their change; a batch of renewals posts all of its own by one
call in the batch's. pgbench commits each transfer by itself, in one round trip, and is C.
"""

import asyncio
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.scratch import BenchDatabase
from bench.sizes import sized
from serai.drivers.databases.postgres.embedded import binaries
from serai.kit.money import Money
from serai.modules.billing import ledger
from serai.modules.billing.ledger import LedgerAccountKey, Transfer
from serai.modules.billing.subscriptions.renewal_run import BATCH

SECONDS, ROUNDS, CLIENTS, ACCOUNTS = sized(3, 1), sized(3, 1), 8, 10_000
_GOALS = ("spread over many", ACCOUNTS, 0.45), ("one hot wallet", 1, 0.45)


async def run() -> None:
    async with BenchDatabase() as bench:
        for label, accounts, goal in _GOALS:
            rounds = [await one_round(bench, f"{label}/{n}", accounts) for n in range(ROUNDS)]
            bare, single, many = (statistics.median(figures) for figures in zip(*rounds, strict=True))
            print(f"\nledger, {label}, {CLIENTS} clients, transfers a second, middle of {ROUNDS}")
            print(f"  pgbench calling ledger_post    {bare:9.0f}")
            print(f"  one in its transaction         {single:9.0f}   ratio {single / bare:5.2f} (goal {goal})")
            print(f"  a batch of {BATCH} renewals        {many:9.0f}   ratio {many / bare:5.2f} (goal 1.0)")
        async with bench.database.transaction() as session:
            found = await ledger.verify(session)
        print(f"  books of {found.transfers} transfers hold: {found.holds}")


async def one_round(bench: BenchDatabase, label: str, accounts: int) -> tuple[float, float, float]:
    return (
        await pgbench(bench, accounts),
        await in_session(bench, _transfers(f"{label}/s", accounts), 1),
        await in_session(bench, _transfers(f"{label}/b", accounts), BATCH),
    )


async def pgbench(bench: BenchDatabase, accounts: int) -> float:
    script = rf"""\set a random(1, {accounts})
\set n random(1, 1000000000000000)
SELECT key, transfer_id, replayed FROM ledger_post(jsonb_build_array(jsonb_build_object('key', 'p' || :n,
 'kind', 'top_up', 'currency', 'USD', 'account', 'acc_' || :a, 'subject', '', 'memo', '{{}}'::jsonb, 'at', now(),
 'legs', jsonb_build_array(jsonb_build_array('bank', '', '', 100),
                           jsonb_build_array('wallet', 'acc_' || :a, '', -100)))));
"""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "post.sql"
        file.write_text(script)
        command = [
            str(binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
            "-T", str(SECONDS), "-f", str(file), bench.bare_url,
        ]  # fmt: skip
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None
    return float(found[1])


async def in_session(bench: BenchDatabase, transfer: Callable[[int], Transfer], batch: int) -> float:
    async def post(number: int) -> None:
        transfers = [transfer(number * batch + each) for each in range(batch)]
        async with bench.database.transaction() as session:
            await ledger.post(session, *transfers)

    began, done = time.monotonic(), 0

    async def client() -> None:
        nonlocal done
        while time.monotonic() < began + SECONDS:
            number = done
            done += 1
            await post(number)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return batch * done / (time.monotonic() - began)


def _transfers(label: str, accounts: int) -> Callable[[int], Transfer]:
    def transfer(number: int) -> Transfer:
        account = f"acc_{number * 7919 % accounts + 1}"
        return ledger.between(
            LedgerAccountKey("bank"), LedgerAccountKey("wallet", account), Money(100, "USD"), key=f"{label}/{number}", kind="top_up",
            account_id=account,
        )  # fmt: skip

    return transfer

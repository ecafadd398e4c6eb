"""The peer: runs in an environment of its own, on nothing of Serai's. `ask` queues, `work` drains."""

import sys
import time

import psycopg
from dbos import DBOS


@DBOS.step()
def first() -> dict[str, str]:
    return {"by": "first"}


@DBOS.step()
def second() -> dict[str, str]:
    return {"by": "second"}


@DBOS.workflow()
def two_steps() -> None:
    first()
    second()


def ask(count: int) -> None:
    DBOS.listen_queues([])
    DBOS.launch()
    queue = DBOS.register_queue("bench", polling_interval_sec=0.05)
    for _ in range(count):
        queue.enqueue(two_steps)


def work(url: str, count: int) -> None:
    DBOS.launch()
    query = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(query).fetchone() < (count,):
            time.sleep(0.05)


mode, address, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
DBOS(config={
    "name": "bench", "system_database_url": address, "run_admin_server": False,
    "log_level": "WARNING", "application_version": "1",
})  # fmt: skip
began = time.monotonic()
if mode == "ask":
    ask(wanted)
else:
    work(address, wanted)
print(time.monotonic() - began, flush=True)
DBOS.destroy()

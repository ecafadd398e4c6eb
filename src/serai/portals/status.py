"""/livez, /readyz, /metrics: for machines."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from serai.kit import heartbeats
from serai.kit.actor import SYSTEM
from serai.kit.db import Database
from serai.kit.errors import Unauthenticated, Unavailable
from serai.migrations import run as migrations
from serai.modules import identity, launches, operations

router = APIRouter(include_in_schema=False)

_WORKER_SILENCE = timedelta(seconds=10)
_OPERATIONS = Gauge("serai_operations", "Operations by state.", ("state",))
_LAUNCHES = Gauge("serai_launches", "Launches by state.", ("state",))
_WORKERS = Gauge("serai_workers_alive", "Workers heard of in the last ten seconds.")


@router.get("/livez")
async def livez() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """503 until the database answers, its schema is up to date and a worker lives."""
    checks = await _checks(request.app.state.platform.database.acting(SYSTEM))
    ready = all(checks.values())
    body = msgspec.json.encode({"ready": ready, "checks": checks})
    return Response(body, 200 if ready else 503, media_type="application/json")


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text format. Open on this machine only: elsewhere it takes a platform key."""
    await _may_measure(request)
    database: Database = request.app.state.platform.database.acting(SYSTEM)
    async with database.transaction() as session:
        launched = await launches.count_by_state(session, SYSTEM)
        running = await operations.count_by_state(session)
        _WORKERS.set(await heartbeats.alive(session, _WORKER_SILENCE))
    for gauge, counts in ((_LAUNCHES, launched), (_OPERATIONS, running)):
        gauge.clear()
        for state, count in counts.items():
            gauge.labels(state).set(count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _checks(database: Database) -> dict[str, bool]:
    try:
        async with database.transaction() as session:
            workers = await heartbeats.alive(session, _WORKER_SILENCE)
        current = await migrations.current(database)
    except Unavailable:
        return {"database": False, "migrations": False, "worker": False}
    return {"database": True, "migrations": current == migrations.head(), "worker": workers > 0}


async def _may_measure(request: Request) -> None:
    platform = request.app.state.platform
    if platform.settings.is_local:
        return
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("Send a platform key: “Authorization: Bearer …”.")
    async with platform.database.acting(SYSTEM).transaction() as session:
        actor = await identity.actor_of_token(session, token.strip())
    identity.policy.PLATFORM_READ.require(actor)

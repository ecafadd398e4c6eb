"""Building a release on a server, once for all launches there that use it."""

import asyncio
import secrets
from contextlib import suppress

from serai.kit import events, jobs
from serai.kit.actor import SYSTEM, Actor
from serai.kit.db import Json, Session
from serai.kit.errors import Conflict
from serai.kit.i18n import N_, _
from serai.modules import catalog, fleet, operations
from serai.modules.launches import policy
from serai.modules.launches.errors import ReleaseBuildFailed
from serai.modules.launches.rendering import release_plan, template_name, template_plan
from serai.modules.launches.service import find
from serai.modules.launches.steps import placement_of
from serai.modules.operations import Context, Operation, OperationSnapshot, Step, Workflow

_LOOK_EVERY = 0.3


async def build(session: Session, actor: Actor, release_id: str, server: fleet.Server) -> Operation:
    """Queue the build on `server`. Raises OperationInProgress while one is under way there."""
    release = await catalog.get_release(session, release_id)
    blueprint = catalog.blueprint_of(release)
    operation = await operations.enqueue(
        session, actor, "build_release", subject=_subject(release.id, server),
        subject_name=f"{blueprint.product.slug} {release.version}",
        input={"release_id": release.id, "server_id": server.id},
    )  # fmt: skip
    await _note(session, operation, "building")
    return operation


def _subject(release_id: str, server: fleet.Server) -> str:
    """One build of it at a time on each server."""
    return f"{release_id}@{server.id}"


async def request_build(session: Session, actor: Actor, release_id: str) -> Operation:
    """Staff have a release built ahead of its first launch, or again after a failure, on every server
    that takes launches and does not have it. Returns the first one's build."""
    policy.BUILD.require(actor)
    release = await catalog.get_release(session, release_id)
    servers = [server for server, _count in await fleet.servers(session) if server.open]
    if not servers:
        raise fleet.NoCapacity(_("There is no server to build it on."))
    lacking = [each for each in servers if await fleet.release_state(session, each, release.id) != "ready"]
    if not lacking:
        raise Conflict(_("This release is built already; releases never change."))
    queued = []
    for each in lacking:
        with suppress(operations.OperationInProgress):
            queued.append(await build(session, actor, release.id, each))
    if not queued:
        raise operations.OperationInProgress(_("This release is being built already."))
    return queued[0]


async def ensure_release(ctx: Context) -> Json | None:
    """Pass when the release is built on the launch's server; else have it built, showing the build's own progress."""
    release, operation_id = await _ready_or_building(ctx)
    if operation_id is None:
        return {"version": release.version}
    await ctx.log(f"The release {release.version} is being built first ({operation_id}).")
    snapshot = await _follow(ctx, operation_id)
    if snapshot.state != "succeeded":
        why = snapshot.error or f"it was {snapshot.state}"
        raise ReleaseBuildFailed(f"The release could not be built: {why} See {operation_id}.")
    return {"version": release.version, "built_by": operation_id}


async def _ready_or_building(ctx: Context) -> tuple[catalog.Release, str | None]:
    """The release, and the build to wait for unless it is ready. Of two launches that ask for the
    build at once, one gets its own refused and finds the other's."""
    while True:
        with suppress(operations.OperationInProgress):
            async with ctx.transaction() as session:
                server = (await placement_of(session, ctx.subject)).server
                release = await _release_of(session, ctx)
                if await fleet.release_state(session, server, release.id) == "ready":
                    return release, None
                running = await _running_build(session, _subject(release.id, server))
                if running is None:
                    running = await build(session, SYSTEM, release.id, server)
                return release, running.id


async def _release_of(session: Session, ctx: Context) -> catalog.Release:
    launch = await find(session, SYSTEM, ctx.subject)
    return await catalog.get_release(session, launch.release_id)


async def _running_build(session: Session, subject: str) -> Operation | None:
    newest = await operations.newest_of(session, SYSTEM, subject)
    return newest if newest is not None and not newest.is_final else None


async def _follow(ctx: Context, operation_id: str) -> OperationSnapshot:
    after = 0
    while True:
        async with ctx.transaction() as session:
            snapshot = await operations.snapshot(session, SYSTEM, operation_id, after)
        for line in snapshot.logs:
            await ctx.log(line.message, line.level)
            after = line.id
        await ctx.progress(snapshot.progress / 100)
        if snapshot.finished:
            return snapshot
        await asyncio.sleep(_LOOK_EVERY)


class _Log:
    """The builder's log is the operation's."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def line(self, text: str) -> None:
        await self._ctx.log(text)

    async def progress(self, fraction: float) -> None:
        await self._ctx.progress(fraction)


async def _blueprint(ctx: Context) -> catalog.Blueprint:
    async with ctx.transaction() as session:
        return catalog.blueprint_of(await catalog.get_release(session, ctx.input["release_id"]))


async def _drivers(ctx: Context) -> fleet.Drivers:
    async with ctx.transaction() as session:
        server = await fleet.server(session, ctx.input["server_id"])
    return ctx.tool(fleet.Fleet).connect(server)


async def install(ctx: Context) -> Json | None:
    drivers = await _drivers(ctx)
    blueprint = await _blueprint(ctx)
    target = drivers.release_directory(ctx.input["release_id"])
    await drivers.builder.install(release_plan(blueprint), target, _Log(ctx))
    return {"directory": str(target)}


async def remove(ctx: Context) -> None:
    drivers = await _drivers(ctx)
    await drivers.builder.remove(drivers.release_directory(ctx.input["release_id"]))


async def initialise(ctx: Context) -> Json | None:
    """An unfinished template of an earlier try is dropped and made again."""
    drivers = await _drivers(ctx)
    blueprint = await _blueprint(ctx)
    if blueprint.database.engine == "none":
        await ctx.log("This product needs no database.")
        return None
    name = template_name(ctx.input["release_id"])
    url = await drivers.databases.create_template(name, secrets.token_hex(24), ctx.fence)
    release = drivers.release_directory(ctx.input["release_id"])
    await drivers.builder.initialise(template_plan(blueprint), release, url, _Log(ctx))
    return {"template": name}


async def drop_template(ctx: Context) -> None:
    drivers = await _drivers(ctx)
    await drivers.databases.drop(template_name(ctx.input["release_id"]), ctx.fence)


async def seal(ctx: Context) -> Json | None:
    drivers = await _drivers(ctx)
    if ctx.outputs.get("initialise_template"):
        await drivers.databases.seal_template(template_name(ctx.input["release_id"]), ctx.fence)
    await ctx.log("The release is ready and will not change any more.")
    return None


async def _built(session: Session, operation: Operation) -> None:
    await _note(session, operation, "ready")
    await _publish(session, operation, "launches.release_built")


async def _not_built(session: Session, operation: Operation) -> None:
    await _note(session, operation, "failed", operation.error or "The build was cancelled.")
    await _publish(session, operation, "launches.release_build_failed")


async def _build_again(session: Session, operation: Operation) -> None:
    await _note(session, operation, "building")


async def _note(session: Session, operation: Operation, state: str, why: str | None = None) -> None:
    """On its server, and altogether: ready as soon as it is ready somewhere, and from then on."""
    release_id, server_id = operation.input["release_id"], operation.input["server_id"]
    await session.get_one(catalog.Release, release_id, with_for_update=True)
    ready_somewhere = await fleet.set_release_state(session, server_id, release_id, state)
    if state == "ready" or not ready_somewhere:
        await catalog.set_release_state(session, release_id, state, why)


async def _publish(session: Session, operation: Operation, event: str) -> None:
    release_id, server_id = operation.input["release_id"], operation.input["server_id"]
    await events.publish(session, SYSTEM, event, release_id, server=server_id)


BUILD_RELEASE = operations.register(
    Workflow(
        "build_release",
        N_("Build a release"),
        steps=(
            Step("install", N_("Install the software"), install, undo=remove, weight=50),
            Step("initialise_template", N_("Fill the template database"), initialise,
                 undo=drop_template, weight=50),
            Step("seal", N_("Seal the release"), seal, weight=1),
        ),
        succeeded=_built,
        failed=_not_built,
        reopened=_build_again,
        queue=jobs.BUILDS,
    )
)  # fmt: skip

"""Building a release, once for all launches that use it."""

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
from serai.modules.operations import Context, Operation, OperationSnapshot, Step, Workflow

_LOOK_EVERY = 0.3


async def build(session: Session, actor: Actor, release_id: str) -> Operation:
    """Queue the build. Raises OperationInProgress while one is under way."""
    release = await catalog.get_release(session, release_id)
    blueprint = catalog.blueprint_of(release)
    operation = await operations.enqueue(
        session, actor, "build_release", subject=release.id,
        subject_name=f"{blueprint.product.slug} {release.version}",
    )  # fmt: skip
    await catalog.set_release_state(session, release.id, "building")
    return operation


async def request_build(session: Session, actor: Actor, release_id: str) -> Operation:
    """Staff have a release built ahead of its first launch, or again after a failure."""
    policy.BUILD.require(actor)
    release = await catalog.get_release(session, release_id)
    if release.state == "ready":
        raise Conflict(_("This release is built already; releases never change."))
    return await build(session, actor, release_id)


async def ensure_release(ctx: Context) -> Json | None:
    """Pass when the release is built; else have it built, showing the build's own progress."""
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
                release = await _release_of(session, ctx)
                if release.state == "ready":
                    return release, None
                running = await _running_build(session, release)
                if running is None:
                    running = await build(session, SYSTEM, release.id)
                return release, running.id


async def _release_of(session: Session, ctx: Context) -> catalog.Release:
    launch = await find(session, SYSTEM, ctx.subject)
    return await catalog.get_release(session, launch.release_id)


async def _running_build(session: Session, release: catalog.Release) -> Operation | None:
    newest = await operations.newest_of(session, SYSTEM, release.id)
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
        return catalog.blueprint_of(await catalog.get_release(session, ctx.subject))


async def _drivers(ctx: Context) -> fleet.Drivers:
    async with ctx.transaction() as session:
        server, _count = (await fleet.servers(session))[0]
    return ctx.tool(fleet.Fleet).connect(server)


async def install(ctx: Context) -> Json | None:
    drivers = await _drivers(ctx)
    blueprint = await _blueprint(ctx)
    target = drivers.release_directory(ctx.subject)
    await drivers.builder.install(release_plan(blueprint), target, _Log(ctx))
    return {"directory": str(target)}


async def remove(ctx: Context) -> None:
    drivers = await _drivers(ctx)
    await drivers.builder.remove(drivers.release_directory(ctx.subject))


async def initialise(ctx: Context) -> Json | None:
    """An unfinished template of an earlier try is dropped and made again."""
    drivers = await _drivers(ctx)
    blueprint = await _blueprint(ctx)
    if blueprint.database.engine == "none":
        await ctx.log("This product needs no database.")
        return None
    name = template_name(ctx.subject)
    url = await drivers.databases.create_template(name, secrets.token_hex(24), ctx.fence)
    release = drivers.release_directory(ctx.subject)
    await drivers.builder.initialise(template_plan(blueprint), release, url, _Log(ctx))
    return {"template": name}


async def drop_template(ctx: Context) -> None:
    drivers = await _drivers(ctx)
    await drivers.databases.drop(template_name(ctx.subject), ctx.fence)


async def seal(ctx: Context) -> Json | None:
    drivers = await _drivers(ctx)
    if ctx.outputs.get("initialise_template"):
        await drivers.databases.seal_template(template_name(ctx.subject), ctx.fence)
    await ctx.log("The release is ready and will not change any more.")
    return None


async def _built(session: Session, operation: Operation) -> None:
    await catalog.set_release_state(session, operation.subject, "ready")
    await events.publish(session, SYSTEM, "launches.release_built", operation.subject)


async def _not_built(session: Session, operation: Operation) -> None:
    why = operation.error or "The build was cancelled."
    await catalog.set_release_state(session, operation.subject, "failed", why)
    await events.publish(session, SYSTEM, "launches.release_build_failed", operation.subject)


async def _build_again(session: Session, operation: Operation) -> None:
    await catalog.set_release_state(session, operation.subject, "building")


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

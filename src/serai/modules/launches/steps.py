"""The steps launches are made of. Each may run again after a crash and ends in the same state."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from serai.contracts.runtime import PortInUse
from serai.kit.actor import SYSTEM
from serai.kit.db import Json, Session
from serai.kit.secrets import Vault, password
from serai.kit.settings import Settings
from serai.modules import catalog, fleet
from serai.modules.launches.rendering import Plan, Secrets
from serai.modules.launches.service import find
from serai.modules.operations import Context

_HOOK_SECONDS = 300.0
_PORTS_TRIED = 20


async def plan_of(ctx: Context) -> Plan:
    """The launch with all that belongs to it, read once a claim: nobody else changes it meanwhile."""
    if "plan" not in ctx.memo:
        ctx.memo["plan"] = await _read_plan(ctx)
    plan: Plan = ctx.memo["plan"]
    return plan


async def _read_plan(ctx: Context) -> Plan:
    vault = ctx.tool(Vault)
    async with ctx.transaction() as session:
        launch = await find(session, SYSTEM, ctx.subject)
        release = await catalog.get_release(session, launch.release_id)
        placement = await placement_of(session, launch.id)
        resources = launch.resources or await catalog.package_resources(session, launch.package_id)
    return Plan(
        launch=launch,
        blueprint=catalog.blueprint_of(release),
        resources=resources,
        placement=placement,
        secrets=Secrets.opened(vault, launch.sealed_secrets),
        password=vault.open(launch.sealed_password) if launch.sealed_password else None,
        drivers=ctx.tool(fleet.Fleet).connect(placement.server),
        issuer=ctx.tool(Settings).public_url,
    )


async def drivers_of(ctx: Context) -> fleet.Drivers:
    """Of the server the launch is placed on: all that taking something away needs to know."""
    async with ctx.transaction() as session:
        placement = await placement_of(session, ctx.subject)
    return ctx.tool(fleet.Fleet).connect(placement.server)


async def placement_of(session: Session, launch_id: str) -> fleet.Placement:
    found = await fleet.placement(session, launch_id)
    if found is None:
        raise RuntimeError(f"launch {launch_id} holds no place on any server")
    return found


async def clone_database(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    if not plan.has_database:
        await ctx.log("This product needs no database.")
        return None
    began = time.perf_counter()
    await plan.drivers.databases.clone(
        plan.template, plan.launch.database_name, plan.secrets.database_password, ctx.fence
    )
    await ctx.log("The database is a copy of the release's template, with a role of its own.")
    return {"database": plan.launch.database_name, "clone_ms": _milliseconds(time.perf_counter() - began)}


async def drop_database(ctx: Context) -> None:
    drivers = await drivers_of(ctx)
    await drivers.databases.drop(ctx.subject, ctx.fence)


async def forget_database(ctx: Context) -> Json | None:
    await drop_database(ctx)
    await ctx.log("The database and its role are gone.")
    return None


async def prepare_home(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    for tried in range(1, _PORTS_TRIED + 1):
        try:
            await plan.drivers.runtime.prepare(plan.workload(), plan.files(plan.values()), ctx.fence)
            break
        except PortInUse as taken:
            if tried == _PORTS_TRIED:
                raise
            await ctx.log(taken.message, "warning")
            plan = await _with_another_port(ctx)
    await _hooks(ctx, plan, plan.blueprint.hooks.after_clone)
    return None


async def _with_another_port(ctx: Context) -> Plan:
    async with ctx.transaction() as session:
        await fleet.change_port(session, ctx.subject)
    del ctx.memo["plan"]
    return await plan_of(ctx)


async def remove_from_server(ctx: Context) -> None:
    drivers = await drivers_of(ctx)
    await drivers.runtime.remove(ctx.subject, ctx.fence)


async def forget_files(ctx: Context) -> Json | None:
    await remove_from_server(ctx)
    await ctx.log("The process and its files are gone.")
    return None


async def start_process(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    await _hooks(ctx, plan, plan.blueprint.hooks.before_start)
    await plan.drivers.runtime.start(plan.workload(), ctx.fence)
    return {"port": plan.placement.port}


async def set_administrator(ctx: Context) -> Json | None:
    """While the process comes up: both only need the database."""
    plan = await plan_of(ctx)
    await set_password(ctx, plan, plan.password or await _fresh_password(ctx))
    return None


async def choose_password(ctx: Context) -> Json | None:
    """Kept sealed in the operation first, so that a crash never leaves one nobody knows."""
    return {"sealed": ctx.tool(Vault).seal(password())}


async def apply_password(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    sealed = ctx.outputs["choose_password"]["sealed"]
    await set_password(ctx, plan, ctx.tool(Vault).open(sealed))
    await _keep_password(ctx, sealed)
    return None


async def _fresh_password(ctx: Context) -> str:
    """For a launch that is tried again: its first password went with the failure."""
    word = password()
    await _keep_password(ctx, ctx.tool(Vault).seal(word))
    return word


async def _keep_password(ctx: Context, sealed: str) -> None:
    async with ctx.transaction() as session:
        launch = await find(session, SYSTEM, ctx.subject)
        launch.sealed_password, launch.password_shown_at = sealed, None


async def set_password(ctx: Context, plan: Plan, word: str) -> None:
    how = plan.blueprint.administrator.password
    values = await asyncio.to_thread(plan.administrator_values, word)
    if how.sql is not None:
        parameters = {
            "login": values["administrator.login"], "email": values["administrator.email"],
            "password_hash": values["administrator.password_hash"],
            "language": values["administrator.language"],
            "name": plan.launch.name, "url": plan.launch.url,
        }  # fmt: skip
        await plan.drivers.databases.execute(plan.launch.database_name, how.sql, parameters, ctx.fence)
    elif how.command is not None:
        every = plan.values() | values
        workload = plan.workload()
        environment = {**workload.environment, **plan.rendered_map(how.environment, every)}
        await run_command(ctx, plan, how.command, every, environment)
    await ctx.log(f"The administrator {plan.launch.login} has a fresh password.")


async def wait_until_healthy(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    timeout = plan.blueprint.serve.health.timeout
    status = await plan.drivers.runtime.wait_healthy(plan.launch.id, timeout)
    await _hooks(ctx, plan, plan.blueprint.hooks.after_start)
    await ctx.log("The health probe is answered.")
    return {
        "pid": status.pid,
        "isolation": list(status.isolation),
        "healthy_after_ms": _milliseconds(status.healthy_after or 0),
    }


async def publish_route(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    await ctx.still_ours()  # the edge knows no fences
    await plan.drivers.edge.put_route(plan.launch.id, plan.launch.host, plan.placement.port)
    await ctx.log(f"{plan.launch.url} leads to the system.")
    return {"host": plan.launch.host}


async def remove_route(ctx: Context) -> None:
    drivers = await drivers_of(ctx)
    await ctx.still_ours()
    await drivers.edge.remove_route(ctx.subject)


async def withdraw_route(ctx: Context) -> Json | None:
    await remove_route(ctx)
    await ctx.log("The address no longer leads to the system.")
    return None


async def republish_route(ctx: Context) -> None:
    await publish_route(ctx)


async def stop_process(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    running = await plan.drivers.runtime.status(plan.launch.id)
    if running.state == "running":
        await _hooks(ctx, plan, plan.blueprint.hooks.before_stop)
    await plan.drivers.runtime.stop(plan.launch.id, ctx.fence, plan.blueprint.serve.stop_grace)
    await ctx.log("The process has ended.")
    return None


async def restart_again(ctx: Context) -> None:
    """Undo of a stop."""
    await start_process(ctx)


async def stop_again(ctx: Context) -> None:
    """Undo of a start."""
    drivers = await drivers_of(ctx)
    await drivers.runtime.stop(ctx.subject, ctx.fence)


async def close_database(ctx: Context) -> Json | None:
    """Nobody gets at the data while the system is suspended; it stays where it is."""
    plan = await plan_of(ctx)
    if plan.has_database:
        await ctx.still_ours()
        await plan.drivers.databases.set_connectable(plan.launch.database_name, allowed=False)
        await ctx.log("The database is closed. Nothing in it was changed.")
    return None


async def open_database(ctx: Context) -> Json | None:
    plan = await plan_of(ctx)
    if plan.has_database:
        await ctx.still_ours()
        await plan.drivers.databases.set_connectable(plan.launch.database_name, allowed=True)
    return None


async def open_again(ctx: Context) -> None:
    """Undo of closing the database."""
    await open_database(ctx)


async def close_again(ctx: Context) -> None:
    """Undo of opening it."""
    await close_database(ctx)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


async def _hooks(ctx: Context, plan: Plan, commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        await run_command(ctx, plan, command, plan.values(), None)


async def run_command(
    ctx: Context,
    plan: Plan,
    command: Sequence[str],
    values: dict[str, str],
    environment: dict[str, str] | None,
) -> None:
    """Run one of the blueprint's commands as the launch's own user, its output into the log."""
    workload = plan.workload()
    if environment is not None:
        workload = replace(workload, environment=environment)
    await ctx.still_ours()
    output = await plan.drivers.runtime.run(workload, plan.rendered(command, values), _HOOK_SECONDS)
    for line in output.splitlines()[-50:]:
        await ctx.log(line)

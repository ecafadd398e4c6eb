"""`serai launch …`"""

from typing import Annotated

import typer

from serai.modules import launches, operations
from serai.terminal.output import Json, console, moment, print_fields, print_json, print_table
from serai.terminal.progress import conclude, watch
from serai.terminal.session import OPERATOR_EMAIL, operator, platform, run, transaction

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The launch's name, or its id.", metavar="NAME")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow the operation to its end.")]


@app.command()
def create(
    product: Annotated[str, typer.Option(help="The product's short name, such as erp.")],
    name: Annotated[str, typer.Option(help="The first part of the address, such as acme.")],
    package: Annotated[str | None, typer.Option(help="The package; the first one if not given.")] = None,
    period: Annotated[str | None, typer.Option(help="monthly, yearly, …")] = None,
    email: Annotated[str, typer.Option(help="The customer: owner and administrator.")] = OPERATOR_EMAIL,
    language: Annotated[str, typer.Option(help="The administrator's language: en or ar.")] = "en",
    follow: Watch = False,
    as_json: Json = False,
) -> None:
    """Launch a new system."""

    async def work() -> int:
        order = launches.Order(product, package, name, email, period, language)
        async with platform() as opened:
            async with opened.database.transaction() as session:
                actor = await operator(session, email)
                launch, operation = await launches.create(
                    session, actor, opened.settings, opened.vault, order
                )
                view = launches.launch_view(launch)
            if not follow:
                _say(as_json, {"launch": view, "operation": operations.view(operation)}, operation.id)
                return 0
            snapshot = await watch(opened, actor, operation.id, as_json=as_json)
            return conclude(snapshot, as_json=as_json)

    raise typer.Exit(run(work()))


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those that are gone.")] = False,
    as_json: Json = False,
) -> None:
    """The launches, newest first."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            found = await launches.page(session, actor, include_gone=every, limit=1000)
        views = [launches.launch_view(launch) for launch in found]
        if as_json:
            print_json(views)
            return
        print_table(
            ("NAME", "STATE", "PRODUCT", "PACKAGE", "ADDRESS", "SINCE"),
            [(v.name, v.state, v.product, v.package, v.url, moment(v.created_at)) for v in views],
            "There are no launches yet: serai launch create --product erp --name acme --watch",
        )

    run(work())


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """One launch, and how its process is."""

    async def work() -> None:
        async with platform() as opened:
            async with opened.database.transaction() as session:
                actor = await operator(session)
                launch = await launches.find(session, actor, name)
                newest = await operations.newest_of(session, actor, launch.id)
                release = await launches.release_version(session, launch)
                actions = await launches.allowed_actions(session, actor, launch)
            status = await launches.process_status(opened.fleet, launch.id)
            view = launches.launch_detail(launch, release, status, newest.id if newest else None, actions)
        if as_json:
            print_json(view)
            return
        print_fields(
            [
                ("name", view.name), ("id", view.id), ("state", view.state), ("url", view.url),
                ("product", view.product), ("package", view.package), ("release", view.release),
                ("process", view.process.state), ("restarts", view.process.restarts),
                ("isolation", ", ".join(view.process.isolation)),
                ("last operation", view.operation),
            ]
        )  # fmt: skip

    run(work())


@app.command()
def credentials(name: Name, as_json: Json = False) -> None:
    """The administrator's login and password, until the customer has seen them in the console."""

    async def work() -> None:
        async with transaction() as (opened, session, actor):
            found = await launches.credentials(session, actor, opened.vault, name, once=False)
        if as_json:
            print_json({"url": found.url, "login": found.login, "password": found.password})
            return
        print_fields([("url", found.url), ("login", found.login), ("password", found.password)])

    run(work())


def _operate(kind: str, name: str, follow: bool, as_json: bool) -> None:
    change = {
        "stop": launches.stop,
        "start": launches.start,
        "restart": launches.restart,
        "terminate": launches.terminate,
        "reset_password": launches.reset_password,
    }[kind]

    async def work() -> int:
        async with platform() as opened:
            async with opened.database.transaction() as session:
                actor = await operator(session)
                operation = await change(session, actor, name)
            if not follow:
                _say(as_json, {"operation": operations.view(operation)}, operation.id)
                return 0
            snapshot = await watch(opened, actor, operation.id, as_json=as_json)
            return conclude(snapshot, as_json=as_json)

    raise typer.Exit(run(work()))


@app.command()
def stop(name: Name, follow: Watch = False, as_json: Json = False) -> None:
    """Stop the system; its data stays."""
    _operate("stop", name, follow, as_json)


@app.command()
def start(name: Name, follow: Watch = False, as_json: Json = False) -> None:
    """Start a stopped system."""
    _operate("start", name, follow, as_json)


@app.command()
def restart(name: Name, follow: Watch = False, as_json: Json = False) -> None:
    """Stop and start the system."""
    _operate("restart", name, follow, as_json)


@app.command()
def terminate(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    follow: Watch = False,
    as_json: Json = False,
) -> None:
    """Delete the system with all its data. This cannot be undone."""
    if not yes and not as_json:
        typer.confirm(f"Delete {name} with all its data?", abort=True)
    _operate("terminate", name, follow, as_json)


@app.command("reset-password")
def reset_password(name: Name, follow: Watch = False, as_json: Json = False) -> None:
    """Give the administrator a new password; read it with `serai launch credentials`."""
    _operate("reset_password", name, follow, as_json)


def _say(as_json: bool, value: object, operation_id: str) -> None:
    if as_json:
        print_json(value)
    else:
        console.print(f"Queued as {operation_id}. Follow it: serai operation watch {operation_id}")

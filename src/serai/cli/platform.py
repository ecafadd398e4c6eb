"""`serai up`, and the processes it starts."""

import sys
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(clean)
    app.command(hidden=True)(web)
    app.command(hidden=True)(worker)


def up(
    first: Annotated[str, typer.Option(help="The first system, PRODUCT:NAME; empty for none.")] = "erp:acme",
) -> None:
    """Start the whole platform and keep it running until Ctrl-C."""
    import asyncio

    from serai.kit import logs
    from serai.kit.settings import Settings
    from serai.up.platform import run

    logs.configure()
    sys.exit(asyncio.run(run(Settings(), first)))


def clean() -> None:
    """Stop what runs and delete all state (SERAI_HOME): systems, databases, everything."""
    import asyncio

    from serai.kit.home import remove_home
    from serai.kit.settings import Settings
    from serai.terminal.output import console
    from serai.up.stopping import stop_everything

    settings = Settings()
    asyncio.run(stop_everything(settings))
    remove_home(settings)
    console.print(f"{settings.home} is gone.")


def web() -> None:
    """The web server alone."""
    from serai.kit import logs
    from serai.kit.settings import Settings
    from serai.main import serve

    logs.configure()
    serve(Settings())


def worker() -> None:
    """A worker alone."""
    import asyncio

    from serai.kit import logs
    from serai.kit.settings import Settings
    from serai.worker import run

    logs.configure()
    asyncio.run(run(Settings()))

"""`serai staff …`"""

from typing import Annotated

import typer

from serai.modules import identity
from serai.terminal.output import Json, console, print_json, print_table
from serai.terminal.session import run, transaction

app = typer.Typer(no_args_is_help=True)
_ROLES = ", ".join(each.key for each in identity.builtin_roles.STAFF_ROLES)

Email = Annotated[str, typer.Argument(metavar="EMAIL")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Everybody, with their roles."""

    async def work() -> list[dict[str, str | None]]:
        async with transaction() as (_, session, actor):
            people = await identity.staff.list_staff(session, actor)
            return [{"id": each.id, "email": each.email, "role": each.staff_role} for each in people]

    found = run(work())
    if as_json:
        print_json(found)
    else:
        print_table(("ID", "E-MAIL", "ROLE"), [tuple(each.values()) for each in found], "No staff yet.")


@app.command()
def appoint(
    email: Email, role: Annotated[str, typer.Option(help=f"One of {_ROLES}.")] = "read-only"
) -> None:
    """Make somebody staff, or give them another role."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            await identity.staff.appoint(session, actor, email, role)

    run(work())
    console.print(f"{email} is staff in the role {role}.")


@app.command()
def dismiss(email: Email) -> None:
    """No longer staff; their sessions end."""

    async def work() -> None:
        async with transaction() as (_, session, actor):
            people = {each.email: each.id for each in await identity.staff.list_staff(session, actor)}
            await identity.staff.dismiss(session, actor, people.get(identity.clean_email(email), email))

    run(work())
    console.print(f"{email} is no longer staff.")

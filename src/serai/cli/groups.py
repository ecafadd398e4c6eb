"""Groups of commands that are imported when one of theirs is asked for: help costs no platform."""

from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from serai.kit.module import Commands, load
from serai.modules import registered

GROUPS = {group.name: group for module in reversed(registered()) for group in module.commands} | {
    "clock": Commands("clock", "The platform's clock: go ahead in time, in development.", "serai.cli.clock:app")
}


class LazyGroups(TyperGroup):
    """Lists `GROUPS` beside its own commands, and loads the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """For a list of commands, which asks for each of them, name and help are enough."""
        group = GROUPS.get(cmd_name)
        return TyperCommand(cmd_name, help=group.help) if group else super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        group = GROUPS.get(name or "")
        return name, _loaded(group) if group else command, rest


def _loaded(group: Commands) -> Any:
    command = get_group(load(group.app))
    command.help = group.help
    return command

"""Groups of commands that are imported when one of theirs is asked for: help costs no platform."""

import importlib
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

Command = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Group:
    """`app`: `module:attribute` of a Typer."""

    app: str
    help: str

    def load(self) -> Command:
        module, _, attribute = self.app.partition(":")
        command: Any = typer.main.get_command(getattr(importlib.import_module(module), attribute or "app"))
        command.help = self.help
        found: Command = command
        return found


GROUPS = {
    "launch": Group("serai.cli.launches", "Customers' running systems."),
    "operation": Group("serai.cli.operations", "Work that takes time: launches, builds, terminations."),
    "product": Group("serai.cli.products", "What is sold."),
    "coupon": Group("serai.cli.coupons", "Coupons: what customers pay less with a code."),
    "blueprint": Group("serai.cli.blueprints", "Files that describe applications."),
    "token": Group("serai.cli.tokens", "Tokens for the API."),
    "keys": Group("serai.cli.keys", "The keys that sign tokens."),
    "billing": Group("serai.cli.billing", "Renewals and the time machine."),
    "ledger": Group("serai.cli.billing:ledger", "The books."),
    "invoice": Group("serai.cli.billing:invoices", "Invoices and credit notes."),
    "subscription": Group("serai.cli.billing:subscriptions", "Subscriptions."),
    "wallet": Group("serai.cli.billing:wallets", "Customers' wallets."),
    "gateway": Group("serai.cli.billing:gateways", "Payment gateways."),
    "clock": Group("serai.cli.clock", "The platform's clock: go ahead in time, in development."),
    "mail": Group("serai.cli.mail", "The mail queue."),
    "audit": Group("serai.cli.audit", "Who did what: the audit log."),
    "staff": Group("serai.cli.staff", "The people who run the platform."),
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
        return name, group.load() if group else command, rest

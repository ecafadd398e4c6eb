"""A launch as a client of Serai's own sign-in, where its blueprint wants that."""

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.modules.catalog import Blueprint
from serai.modules.identity import provider
from serai.modules.launches.models import Launch


async def register(session: Session, actor: Actor, launch: Launch, blueprint: Blueprint, secret: str) -> None:
    wanted = blueprint.sign_in
    if wanted is None:
        return
    client = provider.NewClient(
        id=launch.id, account_id=launch.account_id, name=launch.name, secret=secret,
        address=launch.url, redirect_path=wanted.redirect_path, open_path=wanted.open_path,
        roles=dict(wanted.roles),
    )  # fmt: skip
    await provider.register(session, actor, client)

"""Entries of the navigation are shown to those whom their pages let in."""

from collections.abc import Callable

from serai.kit.actor import Actor
from serai.kit.permissions import Permission


def who_may(permission: Permission) -> Callable[[Actor | None], bool]:
    def visible(actor: Actor | None) -> bool:
        return actor is not None and permission.allows(actor, account_id=actor.account_id)

    return visible

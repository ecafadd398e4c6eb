"""What can be allowed: a resource, an action, and the scopes it makes sense in. Modules define
theirs in `policy.py` and say which built-in roles have them; other roles name them or a pattern."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from serai.kit.actor import Actor
from serai.kit.errors import Denied
from serai.kit.i18n import LazyText, _

Scope = Literal["own", "account", "platform"]


@dataclass(frozen=True, slots=True)
class Permission:
    """`text` says in a role's list what it allows. `roles`: the built-in roles that have it besides
    those whose patterns cover it, such as `billing` and `staff:finance`; `!viewer` for one whose
    patterns must not; `!visit` where support, visiting an account, may not do it."""

    resource: str
    action: str
    text: LazyText
    scopes: tuple[Scope, ...]
    roles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.resource}:{self.action}"

    def allows(self, actor: Actor, *, account_id: str | None = None, owner_id: str | None = None) -> bool:
        return actor.may(self.name, account_id=account_id, owner_id=owner_id)

    def require(self, actor: Actor, *, account_id: str | None = None, owner_id: str | None = None) -> None:
        """Raises Denied, saying what is missing and who can help."""
        if self.allows(actor, account_id=account_id, owner_id=owner_id):
            return
        if actor.read_only:
            raise Denied(_("You are looking at this account for support and may read only."))
        raise Denied(
            _("This needs the permission “%(text)s”. Ask whoever manages your roles for it.", text=self.text)
        )


_defined: dict[str, Permission] = {}


def define(
    resource: str, action: str, text: LazyText, *scopes: Scope, roles: tuple[str, ...] = ()
) -> Permission:
    """Add a permission; called while a module is imported."""
    made = Permission(resource, action, text, scopes or ("account", "platform"), roles)
    if made.name in _defined:
        raise ValueError(f"two permissions are called {made.name}")
    _defined[made.name] = made
    expand.cache_clear()
    return made


def defined(scope: Scope | None = None) -> list[Permission]:
    """In the order of their names."""
    found = sorted(_defined.values(), key=lambda each: each.name)
    return [each for each in found if scope is None or scope in each.scopes]


@lru_cache(maxsize=1024)
def expand(patterns: tuple[str, ...], scope: Scope, role: str = "") -> frozenset[str]:
    """Grants for patterns: `*`, `launches:*`, `*:read`, or a name; `!account:close` takes away. What
    is neither gives nothing. `role`: a built-in one, which permissions may name themselves."""
    names = [each.name for each in defined(scope)]
    given = {each.name for each in defined(scope) if role in each.roles}
    kept = {each.name for each in defined(scope) if f"!{role}" in each.roles}
    wanted = {name for name in names if _matches(name, (p for p in patterns if not p.startswith("!")))}
    refused = {name for name in names if _matches(name, (p[1:] for p in patterns if p.startswith("!")))}
    return frozenset(f"{name}:{scope}" for name in (wanted - refused - kept) | given)


def kept_from(role: str) -> frozenset[str]:
    """The names of the permissions that say `!role`."""
    return frozenset(each.name for each in defined() if f"!{role}" in each.roles)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    resource, _colon, action = name.partition(":")
    forms = {"*", "*:*", name, f"{resource}:*", f"*:{action}"}
    return any(pattern in forms for pattern in patterns)

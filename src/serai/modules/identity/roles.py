"""An account's roles: the built-in ones, and its own; and who may do what with each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events, ids
from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Conflict, Denied, Invalid, NotFound
from serai.kit.i18n import LazyText, _
from serai.kit.permissions import Permission, defined, expand
from serai.modules.identity import builtin_roles, policy, queries
from serai.modules.identity.access import role_grants
from serai.modules.identity.accounts import clean_name
from serai.modules.identity.models import Role


@dataclass(frozen=True, slots=True)
class RoleView:
    """`key` is what memberships hold: a built-in role's key or an own role's id."""

    key: str
    name: LazyText | str
    text: LazyText | str
    built_in: bool
    grants: frozenset[str]

    def allows(self, permission: Permission) -> bool:
        return f"{permission.name}:account" in self.grants


async def list_roles(session: Session, actor: Actor) -> list[RoleView]:
    """All roles of the actor's account, the built-in ones first."""
    policy.ROLES_READ.require(actor, account_id=actor.account_id)
    own = await queries.roles(session, actor.account_id or "")
    return [*built_in(), *(_view(each) for each in own)]


def built_in() -> list[RoleView]:
    return [
        RoleView(each.key, each.name, each.text, built_in=True, grants=builtin_roles.account_grants(each.key))
        for each in builtin_roles.ACCOUNT_ROLES
    ]


async def get_role(session: Session, actor: Actor, role_id: str) -> Role:
    policy.ROLES_READ.require(actor, account_id=actor.account_id)
    role = await session.get(Role, role_id)
    if role is None or role.account_id != actor.account_id:
        raise NotFound(_("There is no role %(id)s.", id=role_id))
    return role


async def create_role(session: Session, actor: Actor, name: str, permissions: Sequence[str]) -> Role:
    """Raises Denied for permissions the actor has not got: nobody makes more of themselves."""
    policy.ROLES_MANAGE.require(actor, account_id=actor.account_id)
    name, wanted = _unlike_built_in(clean_name(name)), _known(permissions)
    _require_all(actor, wanted)
    role = Role(
        id=ids.new("role"), account_id=actor.account_id, name=name, permissions=wanted, created_at=clock.now()
    )
    await _add_once(session, role)
    await events.publish(
        session, actor, "identity.role_created", role.id, role.account_id, after=_shown(role)
    )
    return role


async def update_role(
    session: Session, actor: Actor, role_id: str, name: str, permissions: Sequence[str]
) -> Role:
    """What it allows changes at once for everybody who has it."""
    policy.ROLES_MANAGE.require(actor, account_id=actor.account_id)
    role = await get_role(session, actor, role_id)
    name, wanted = _unlike_built_in(clean_name(name)), _known(permissions)
    _require_all(actor, [*wanted, *role.permissions])
    before = _shown(role)
    try:
        async with session.begin_nested():
            role.name, role.permissions = name, wanted
    except IntegrityError as error:
        raise _taken(name) from error
    await events.publish(
        session, actor, "identity.role_changed", role.id, role.account_id, before=before, after=_shown(role)
    )
    return role


async def delete_role(session: Session, actor: Actor, role_id: str) -> None:
    policy.ROLES_MANAGE.require(actor, account_id=actor.account_id)
    role = await get_role(session, actor, role_id)
    await queries.lock_account(session, role.account_id)
    if await queries.count_with_role(session, role.account_id, role.id):
        raise Conflict(_("Somebody has this role or is invited with it. Give them another one first."))
    await session.delete(role)
    await events.publish(
        session, actor, "identity.role_deleted", role.id, role.account_id, before=_shown(role)
    )


async def grants_of(session: Session, account_id: str, key: str) -> frozenset[str]:
    """Raises Invalid for a role the account has not got."""
    if builtin_roles.is_account_role(key):
        return builtin_roles.account_grants(key)
    role = await session.get(Role, key)
    if role is None or role.account_id != account_id:
        message = _("Choose one of the account's roles.")
        raise Invalid(message, fields={"role": message})
    return role_grants(key, role.permissions)


def require_not_above(actor: Actor, grants: Iterable[str]) -> None:
    """Nobody gives, takes or changes a role that allows more than their own."""
    if actor.kind != "system" and not frozenset(grants) <= actor.grants:
        raise Denied(_("That role allows more than yours does. Ask an owner of the account."))


def _view(role: Role) -> RoleView:
    return RoleView(role.id, role.name, "", built_in=False, grants=expand(tuple(role.permissions), "account"))


def _known(permissions: Sequence[str]) -> list[str]:
    names = {each.name for each in defined("account")}
    wanted = sorted(set(permissions))
    if not wanted or not names.issuperset(wanted):
        message = _("Choose at least one thing that the role allows.")
        raise Invalid(message, fields={"permissions": message})
    return wanted


def _require_all(actor: Actor, permissions: Iterable[str]) -> None:
    require_not_above(actor, [f"{name}:account" for name in permissions])


def _unlike_built_in(name: str) -> str:
    if name.lower() in {each.key for each in builtin_roles.ACCOUNT_ROLES}:
        raise _taken(name)
    return name


async def _add_once(session: Session, role: Role) -> None:
    try:
        async with session.begin_nested():
            session.add(role)
    except IntegrityError as error:
        raise _taken(role.name) from error


def _taken(name: str) -> Conflict:
    message = _("There is a role called %(name)s already.", name=name)
    return Conflict(message, fields={"name": message})


def _shown(role: Role) -> dict[str, object]:
    return {"name": role.name, "permissions": list(role.permissions)}

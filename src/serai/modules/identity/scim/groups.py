"""The account's roles as groups: a directory puts people into them, and takes them out."""

from scim2_models import Group

from serai.kit.actor import Actor
from serai.kit.db import Session
from serai.kit.errors import Invalid, NotFound
from serai.kit.i18n import _
from serai.modules.identity import policy, roles
from serai.modules.identity.roles import RoleView
from serai.modules.identity.scim import directory


async def list_roles(session: Session, actor: Actor) -> list[RoleView]:
    policy.TEAM_PROVISION.require(actor, account_id=actor.account_id)
    return await roles.list_roles(session, actor)


async def find(session: Session, actor: Actor, key: str) -> RoleView:
    for role in await list_roles(session, actor):
        if role.key == key:
            return role
    raise NotFound(_("There is no role %(id)s.", id=key))


async def change(session: Session, actor: Actor, role: RoleView, wanted: Group) -> None:
    """Everybody in `wanted` has the role, and nobody else: who is taken out becomes a viewer."""
    if (wanted.display_name or "").strip() != str(role.name):
        raise Invalid(_("Roles are named and made in Serai; a directory says who has them."))
    everybody = {each.entry.id: each for each in await directory.people(session, actor)}
    named = {str(member.value) for member in wanted.members or [] if member.value}
    if unknown := named - set(everybody):
        raise Invalid(_("There is no member %(id)s in this account.", id=min(unknown)))
    for entry_id, person in everybody.items():
        if entry_id in named:
            await directory.give_role(session, actor, person, role.key)
        elif person.role == role.key and person.active:
            await directory.give_role(session, actor, person, directory.FIRST_ROLE)

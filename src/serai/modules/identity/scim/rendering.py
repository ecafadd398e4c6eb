"""People and roles as SCIM resources, with where they are and in which version."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from scim2_models import Context, Group, Meta, Reference
from scim2_models.resources.group import GroupMember
from scim2_models.resources.user import GroupMembership

from serai.modules.identity.roles import RoleView
from serai.modules.identity.scim import schemas
from serai.modules.identity.scim.directory import Person


def user(person: Person, base: str) -> schemas.User:
    """`base`: the address of the SCIM service."""
    entry = person.entry
    found = schemas.User.model_validate(entry.document, scim_policy=schemas.TOLERANT)
    found.id, found.active = entry.id, person.active
    if person.active:
        found.groups = [
            GroupMembership(value=person.role, ref=Reference(f"{base}/Groups/{person.role}"), type="direct")
        ]
    found.meta = _meta(found, "User", f"{base}/Users/{entry.id}", entry.created_at, entry.updated_at)
    return found


def group(role: RoleView, everybody: Sequence[Person], base: str) -> Group:
    members = [
        GroupMember(
            value=each.entry.id, ref=Reference(f"{base}/Users/{each.entry.id}"), type="User",
            display=each.entry.user_name,
        )
        for each in everybody
        if each.role == role.key and each.active
    ]  # fmt: skip
    found = Group(id=role.key, display_name=str(role.name), members=members or None)
    found.meta = _meta(found, "Group", f"{base}/Groups/{role.key}")
    return found


def _meta(
    found: schemas.User | Group, kind: str, location: str, created: datetime | None = None,
    changed: datetime | None = None,
) -> Meta:  # fmt: skip
    """The version is what the resource says: whatever changes it changes that."""
    said = found.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    version = f'W/"{hashlib.sha256(said.encode()).hexdigest()[:16]}"'
    return Meta(
        resource_type=kind, location=location, created=created, last_modified=changed, version=version
    )

"""What the API tells of people, accounts and keys. Never a hash, a token only once."""

from datetime import datetime

import msgspec

from serai.modules.identity.models import Account, ApiToken, Invitation, Membership, Role, User
from serai.modules.identity.roles import RoleView


class AccountView(msgspec.Struct, frozen=True):
    """`state`: active, deactivated, or deleted."""

    id: str
    name: str
    state: str
    created_at: datetime


class MemberView(msgspec.Struct, frozen=True):
    user_id: str
    email: str
    name: str
    role: str
    active: bool
    joined_at: datetime


class InvitationView(msgspec.Struct, frozen=True):
    id: str
    email: str
    role: str
    created_at: datetime
    expires_at: datetime


class RoleShown(msgspec.Struct, frozen=True):
    """`id`: what members' `role` holds."""

    id: str
    name: str
    built_in: bool
    permissions: list[str]


class KeyView(msgspec.Struct, frozen=True):
    """`hint`: its first letters."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyMade(msgspec.Struct, frozen=True):
    """`secret` is shown this once."""

    key: KeyView
    secret: str


def account_view(account: Account) -> AccountView:
    return AccountView(account.id, account.name, account.state, account.created_at)


def member_view(member: Membership, user: User) -> MemberView:
    return MemberView(
        user.id, user.email, user.name, member.role, member.deactivated_at is None, member.joined_at
    )


def invitation_view(row: Invitation) -> InvitationView:
    return InvitationView(row.id, row.email, row.role, row.created_at, row.expires_at)


def role_view(role: RoleView) -> RoleShown:
    names = sorted(grant.removesuffix(":account") for grant in role.grants)
    return RoleShown(role.key, str(role.name), role.built_in, names)


def own_role_view(role: Role) -> RoleShown:
    return RoleShown(role.id, role.name, built_in=False, permissions=list(role.permissions))


def key_view(key: ApiToken) -> KeyView:
    return KeyView(
        key.id, key.name, key.hint, list(key.scopes), key.created_at, key.last_used_at, key.expires_at,
        key.revoked_at,
    )  # fmt: skip

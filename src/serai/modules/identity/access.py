"""From a person and what they are to an actor and what it may."""

from collections.abc import Sequence

from serai.kit.actor import Actor, Kind
from serai.kit.permissions import Scope, expand
from serai.modules.identity import builtin_roles
from serai.modules.identity.models import Account, ApiToken, Membership, User


def actor_of(
    user: User,
    account: Account | None,
    membership: Membership | None,
    own_role: Sequence[str] | None = None,
    *,
    session_id: str | None = None,
    sudo: bool = False,
    withheld: frozenset[Scope] = frozenset(),
) -> Actor:
    """The person in that account: with the role's grants, their own, and as staff the platform's;
    without those of the scopes that are `withheld`."""
    kind: Kind = "staff" if user.is_staff else "user"
    if membership is not None and membership.deactivated_at is not None:
        membership = None
    granted = {
        "own": builtin_roles.own_grants(),
        "platform": builtin_roles.staff_grants(user.staff_role or ""),
        "account": account_grants(account, membership, own_role),
    }
    inside = membership is not None and account is not None and account.deleted_at is None
    return Actor(
        kind=kind, id=user.id, account_id=account.id if account and inside else None, name=user.email,
        user_id=user.id, session_id=session_id, sudo=sudo, withheld=withheld,
        account_name=account.name if account and inside else "",
        grants=frozenset().union(*(each for scope, each in granted.items() if scope not in withheld)),
    )  # fmt: skip


def withheld_from(
    method: str, user: User, account: Account, *, strong_staff: bool
) -> frozenset[Scope]:
    """What waits for a second step: where it is compulsory and a session begun by `method` has not seen one."""
    if is_strong(method):
        return frozenset()
    scopes: set[Scope] = {"platform"} if strong_staff and user.is_staff else set()
    return frozenset(scopes | {"account"} if account.second_step_required else scopes)


def is_strong(method: str) -> bool:
    """A passkey is one and verifies its person; a second step follows a plus. Support proves itself
    in the session it comes from."""
    return "+" in method or method in {"passkey", "support"}


def account_grants(
    account: Account | None, membership: Membership | None, own_role: Sequence[str] | None
) -> frozenset[str]:
    """What the member's role allows in the account. While that is deactivated: to look, and for
    those who may, to bring it back."""
    if account is None or membership is None or account.deleted_at is not None:
        return frozenset()
    granted = role_grants(membership.role, own_role)
    if account.deactivated_at is not None:
        return frozenset(each for each in granted if each == "account:close:account" or ":read:" in each)
    return granted


def role_grants(role: str, own_role: Sequence[str] | None) -> frozenset[str]:
    """A built-in role's grants, or those of an account's own role."""
    return expand(tuple(own_role), "account") if own_role is not None else builtin_roles.account_grants(role)


def actor_of_key(
    key: ApiToken,
    user: User,
    account: Account,
    membership: Membership | None,
    own_role: Sequence[str] | None = None,
) -> Actor:
    """What the key's scopes name and its maker may at this moment."""
    if key.platform:
        granted = expand(tuple(key.scopes), "platform") & builtin_roles.staff_grants(user.staff_role or "")
    else:
        granted = expand(tuple(key.scopes), "account") & account_grants(account, membership, own_role)
    return Actor(
        kind="staff" if key.platform else "token", id=key.id, account_id=key.account_id, name=key.name,
        user_id=user.id, grants=granted,
    )  # fmt: skip

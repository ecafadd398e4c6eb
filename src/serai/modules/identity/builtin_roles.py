"""The roles everybody has without making any: patterns over what there is, to which each module adds by
naming a role beside its permission."""

from dataclasses import dataclass

from serai.kit.i18n import LazyText, lazy
from serai.kit.permissions import Scope, expand


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    key: str
    name: LazyText
    text: LazyText
    patterns: tuple[str, ...]


OWNER = "owner"

ACCOUNT_ROLES = (
    BuiltInRole(OWNER, lazy("Owner"), lazy("Everything, also closing the account."), ("*",)),
    BuiltInRole(
        "admin", lazy("Administrator"), lazy("Everything but closing or handing over the account."),
        ("*", "!account:close", "!account:transfer"),
    ),
    BuiltInRole(
        "billing", lazy("Billing"), lazy("Money, and seeing what it is for."),
        ("account:read", "team:read", "roles:read"),
    ),
    BuiltInRole(
        "developer", lazy("Developer"), lazy("Systems and API keys."),
        ("keys:*", "account:read", "team:read", "roles:read"),
    ),
    BuiltInRole(
        "support", lazy("Support"), lazy("Keep systems running for others; no removal, no secrets."),
        ("account:read", "team:read", "roles:read"),
    ),
    BuiltInRole(
        "viewer", lazy("Viewer"), lazy("Look, but change nothing."),
        ("*:read", "!audit:read", "!keys:read"),
    ),
)  # fmt: skip

STAFF_ROLES = (
    BuiltInRole("superadmin", lazy("Superadmin"), lazy("Everything, also appointing staff."), ("*",)),
    BuiltInRole(
        "operations", lazy("Operations"), lazy("Systems, servers and products of all accounts."),
        ("*:read",),
    ),
    BuiltInRole(
        "finance", lazy("Finance"), lazy("Money of all accounts."),
        ("account:read", "team:read", "platform:read", "audit:read", "audit:export"),
    ),
    BuiltInRole(
        "support", lazy("Customer support"), lazy("See all accounts, and enter them with consent or a reason."),
        ("*:read", "support:enter", "!staff:read"),
    ),
    BuiltInRole("read-only", lazy("Read only"), lazy("See everything, change nothing."), ("*:read",)),
)  # fmt: skip

_ACCOUNT = {role.key: role for role in ACCOUNT_ROLES}
_STAFF = {role.key: role for role in STAFF_ROLES}


def is_account_role(key: str) -> bool:
    return key in _ACCOUNT


def is_staff_role(key: str) -> bool:
    return key in _STAFF


def own_grants() -> frozenset[str]:
    return expand(("*",), "own")


def account_grants(role: str) -> frozenset[str]:
    return _grants(_ACCOUNT.get(role), "account", role)


def staff_grants(role: str) -> frozenset[str]:
    return _grants(_STAFF.get(role), "platform", f"staff:{role}")


def _grants(role: BuiltInRole | None, scope: Scope, name: str) -> frozenset[str]:
    return expand(role.patterns, scope, name) if role else frozenset()

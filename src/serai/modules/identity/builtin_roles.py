"""The roles everybody has without making any. Patterns, so that new permissions find their place."""

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
        ("billing:*", "account:read", "team:read", "roles:read", "launches:read", "operations:read"),
    ),
    BuiltInRole(
        "developer", lazy("Developer"), lazy("Systems and API keys."),
        ("launches:*", "operations:*", "keys:*", "account:read", "team:read", "roles:read"),
    ),
    BuiltInRole(
        "support", lazy("Support"), lazy("Keep systems running for others; no removal, no secrets."),
        ("launches:read", "launches:operate", "launches:open", "operations:*", "account:read", "team:read",
         "roles:read"),
    ),
    BuiltInRole(
        "viewer", lazy("Viewer"), lazy("Look, but change nothing."),
        ("*:read", "!audit:read", "!keys:read", "!mails:read"),
    ),
)  # fmt: skip

STAFF_ROLES = (
    BuiltInRole("superadmin", lazy("Superadmin"), lazy("Everything, also appointing staff."), ("*",)),
    BuiltInRole(
        "operations", lazy("Operations"), lazy("Systems, servers and products of all accounts."),
        ("*:read", "launches:*", "operations:*", "releases:*", "fleet:*", "catalog:*", "mails:*",
         "!launches:credentials", "!launches:open"),
    ),
    BuiltInRole(
        "finance", lazy("Finance"), lazy("Money of all accounts."),
        ("billing:*", "catalog:read", "account:read", "team:read", "platform:read", "launches:read",
         "operations:read", "audit:read", "audit:export"),
    ),
    BuiltInRole(
        "support", lazy("Customer support"), lazy("See all accounts, and enter them with consent or a reason."),
        ("*:read", "support:enter", "operations:*", "launches:operate", "!staff:read"),
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
    return _grants(_ACCOUNT.get(role), "account")


def staff_grants(role: str) -> frozenset[str]:
    return _grants(_STAFF.get(role), "platform")


def _grants(role: BuiltInRole | None, scope: Scope) -> frozenset[str]:
    return expand(role.patterns, scope) if role else frozenset()

"""Permissions as pages list them."""

from itertools import groupby

from serai.kit.i18n import lazy
from serai.kit.permissions import Permission

_NAMES = {
    "account": lazy("Account"), "audit": lazy("Audit log"), "billing": lazy("Billing"),
    "catalog": lazy("Catalogue"), "fleet": lazy("Servers"), "keys": lazy("API keys"),
    "launches": lazy("Systems"), "mails": lazy("Mails"), "operations": lazy("Operations"),
    "platform": lazy("Platform"), "profile": lazy("Profile"), "releases": lazy("Releases"),
    "roles": lazy("Roles"), "sign_in": lazy("Sign-in providers"), "staff": lazy("Staff"),
    "support": lazy("Support"), "team": lazy("Team"),
}  # fmt: skip


def resource_name(resource: str) -> str:
    return str(_NAMES.get(resource, resource))


def by_resource(permissions: list[Permission]) -> list[tuple[str, list[Permission]]]:
    grouped = groupby(permissions, key=lambda each: each.resource)
    return [(resource_name(resource), list(found)) for resource, found in grouped]

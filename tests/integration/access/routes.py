"""Every way into the application, with an address and a body that make sense for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts


@dataclass(frozen=True)
class Way:
    """One operation or page. `path` holds placeholders; `fields` a form, `body` JSON."""

    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    body: Any = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_page(self) -> bool:
        return not self.path.startswith(("/api/", "/scim/", "/webhooks/"))


# A placeholder that stands for different permissions is walked once for each of its values.
_VALUES = {
    "{change}": {
        "/api/v1/launches/{reference}/{change}": ("restart", "stop", "start", "reset-password"),
        "/console/systems/{launch_id}/{change}": ("restart", "stop", "start", "reset-password", "terminate"),
        "/admin/systems/{launch_id}/{change}": ("restart", "stop", "start", "reset-password", "terminate"),
    },
    "{act}": {
        "/console/billing/subscriptions/{subscription_id}/{act}": ("cancel", "keep", "keep-plan", "pause", "resume"),
        "/admin/billing/subscriptions/{subscription_id}/{act}": ("cancel", "keep", "keep-plan", "pause", "resume"),
    },
    "{kind}": {
        "/console/settings/audit/export.{kind}": ("csv", "jsonl"),
        "/admin/audit/export.{kind}": ("csv", "jsonl"),
    },
}  # fmt: skip

_ROLE = {"name": "Walkers {n}", "permissions": "launches:read"}
_KEY = {"name": "walk", "days": "30", "scopes": "launches:read"}
_STAFF = {"email": "walker{n}@example.com", "role": "read-only"}
FORMS: dict[str, dict[str, Any]] = {
    "/admin/accounts/{account_id}/enter": {"reason": "A walk along every route"},
    "/admin/staff": _STAFF,
    "/admin/mails/suppressions/lift": {"address": "nobody@example.com"},
    "/admin/sign-in-providers": {
        "preset": "generic", "key": "walk{n}", "name": "Walk", "issuer": "https://issuer.example.com",
        "client_id": "c", "client_secret": "s", "scopes": "openid email",
    },
    "/console/accounts": {"name": "Another one"},
    "/console/settings/account/name": {"name": "Walkers Ltd"},
    "/console/settings/account/support": {"hours": "1"},
    "/console/settings/account/transfer": {"user_id": "{me}"},
    "/console/settings/account/delete": {"confirmed_name": "not its name"},
    "/console/billing/details": {
        "name": "Walkers Ltd", "country": "DE", "line1": "Hauptstr. 1", "city": "Berlin", "language": "en",
        "time_zone": "UTC",
    },
    "/console/billing/invoices/{invoice_id}/pay": {"way": "wallet"},
    "/console/billing/methods": {"way": "gateway:sandbox"},
    "/console/billing/subscriptions/{subscription_id}/change": {"package": "free", "period": "monthly"},
    "/console/billing/subscriptions/{subscription_id}/limits": {"action": "alert", "amount": "5.00"},
    "/console/billing/wallet/auto": {"on": "y", "threshold": "1.00", "amount": "5.00", "currency": "USD"},
    "/console/billing/wallet/top-up": {"amount": "5.00", "currency": "USD", "way": "gateway:sandbox"},
    "/payments/{payment_id}/receipt": {"text": "TRX"},
    "/console/settings/profile": {"name": "Walker", "language": "en"},
    "/console/settings/profile/delete": {"confirmed_name": "not the address"},
    "/console/settings/keys/new": _KEY,
    "/console/settings/roles/new": _ROLE,
    "/console/settings/roles/{role_id}": _ROLE,
    "/console/settings/team/invitations": {"email": "walker{n}@example.com", "role": "viewer"},
    "/console/settings/team/{user_id}/role": {"role": "viewer"},
    "/console/systems/{launch_id}/terminate": {"confirmed_name": "{launch_name}"},
    "/admin/systems/{launch_id}/terminate": {"confirmed_name": "{launch_name}"},
    "/start": {"product": "hello", "package": "free", "period": "monthly", "name": "walk{n}", "language": "en"},
    "/start/total": {"product": "hello", "package": "free"},
}  # fmt: skip
_PLAN = {"product": "hello", "package": "free", "period": "monthly"}
BODIES: dict[str, Any] = {
    "PATCH /api/v1/account": {"name": "Walkers Ltd"},
    "POST /api/v1/keys": {"name": "walk", "scopes": ["launches:read"]},
    "POST /api/v1/keys/{key_id}/rotate": {"overlap_hours": 1},
    "POST /api/v1/launches": {"product": "hello", "name": "walk{n}", "email": "walker@example.com"},
    "PATCH /api/v1/members/{user_id}": {"role": "viewer"},
    "POST /api/v1/roles": {"name": "Walkers {n}", "permissions": ["launches:read"]},
    "PUT /api/v1/roles/{role_id}": {"name": "Walkers {n}", "permissions": ["launches:read"]},
    "POST /api/v1/invoices/{reference}/payments": {"gateway": "sandbox"},
    "POST /api/v1/invoices/{reference}/credit": {"amount": 1, "reason": "A walk"},
    "POST /api/v1/subscriptions/{subscription_id}/change": _PLAN,
    "POST /api/v1/subscriptions/{subscription_id}/preview": _PLAN,
    "POST /api/v1/wallet/top-ups": {"amount": 5000, "currency": "USD", "gateway": "sandbox"},
    "POST /api/v1/usage": {"id": "{n}", "source": "walk", "type": "walks", "subject": "{launch_id}"},
    "POST /api/v1/token": {},
    "POST /scim/v2/Users": {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "scim{n}@example.com",
    },
    "PUT /scim/v2/Users/{entry_id}": {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "{member_email}",
    },
    "PATCH /scim/v2/Users/{entry_id}": {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    },
}  # fmt: skip
# What would end the walk for who may do it comes last, and in this order.
LAST = (
    "POST /api/v1/launches/{reference}/stop",
    "DELETE /api/v1/launches/{reference}",
    "POST /console/systems/{launch_id}/terminate",
    "POST /admin/systems/{launch_id}/terminate",
    "POST /admin/accounts/{account_id}/enter",
    "POST /console/settings/account/deactivate",
    "POST /console/settings/account/reactivate",
    "POST /admin/accounts/{account_id}/deactivate",
    "POST /admin/accounts/{account_id}/reactivate",
    "POST /console/settings/account/delete",
    "POST /console/settings/profile/delete",
    "POST /console/settings/sessions/revoke-others",
    "POST /support/leave",
    "POST /oidc/logout",
    "POST /signout",
)


def every_way(app: FastAPI) -> list[Way]:
    """All routes, those of `LAST` at the end."""
    ways = {way.name: way for way in _ways(app)}
    last = [ways.pop(name) for name in LAST]
    return [*sorted(ways.values(), key=lambda way: (way.path, way.method)), *last]


def _ways(app: FastAPI) -> Iterator[Way]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        for path in _spelled_out(context.path):
            for method in route.methods:
                name = f"{method} {path}"
                form = FORMS.get(path, {}) if method == "POST" else {}
                yield Way(method, path, form, BODIES.get(name))


def _spelled_out(path: str) -> Iterator[str]:
    for placeholder, by_path in _VALUES.items():
        if path in by_path:
            yield from (path.replace(placeholder, value) for value in by_path[path])
            return
    yield path

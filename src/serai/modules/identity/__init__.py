"""Identity: who is who, in which account, and what they may do there.

Owns: users, accounts, memberships, roles, invitations, sessions, sign-in codes, API keys, support
visits. Calls: audit (whose observer notes every event), kit. Emits: `identity.*`, among them
`.account_deactivated`, `.account_reactivated`, `.account_deleted`, which launches react to.
"""

from typing import TYPE_CHECKING

from serai.kit.lazy import when_used
from serai.modules.identity import (
    accounts,
    builtin_roles,
    codes,
    devices,
    email_change,
    invitations,
    keys,
    members,
    password_reset,
    passwords,
    people,
    policy,
    recovery,
    roles,
    sessions,
    staff,
    support,
    throttle,
)
from serai.modules.identity import jobs as _jobs  # noqa: F401 - registers
from serai.modules.identity.accounts import actor_in, ensure_user
from serai.modules.identity.codes import IssuedCode, TooManyCodes, request_code, sign_in
from serai.modules.identity.emails import clean_email
from serai.modules.identity.invitations import InvitationGone, IssuedInvitation
from serai.modules.identity.keys import actor_of_token, create_token, list_tokens, revoke_token, rotate_token
from serai.modules.identity.models import (
    Account,
    ApiToken,
    IdentityProvider,
    Invitation,
    Membership,
    Role,
    SupportGrant,
    User,
    WebSession,
)
from serai.modules.identity.roles import RoleView
from serai.modules.identity.sessions import SignedIn, actor_of_session, sign_out

if TYPE_CHECKING:
    from serai.modules.identity import (
        access_tokens,
        federation,
        passkeys,
        pending,
        provider,
        scim,
        signing_keys,
        step_up,
        totp,
    )
    from serai.modules.identity.pending import Entry
    from serai.modules.identity.useragents import device_name

__getattr__ = when_used(
    __name__,
    (
        "access_tokens", "federation", "passkeys", "pending", "provider", "scim", "signing_keys", "step_up", "totp",
    ),
    pending=("Entry",),
    useragents=("device_name",),
)  # fmt: skip

__all__ = [
    "Account",
    "ApiToken",
    "Entry",
    "IdentityProvider",
    "Invitation",
    "InvitationGone",
    "IssuedCode",
    "IssuedInvitation",
    "Membership",
    "Role",
    "RoleView",
    "SignedIn",
    "SupportGrant",
    "TooManyCodes",
    "User",
    "WebSession",
    "access_tokens",
    "accounts",
    "actor_in",
    "actor_of_session",
    "actor_of_token",
    "builtin_roles",
    "clean_email",
    "codes",
    "create_token",
    "device_name",
    "devices",
    "email_change",
    "ensure_user",
    "federation",
    "invitations",
    "keys",
    "list_tokens",
    "members",
    "passkeys",
    "password_reset",
    "passwords",
    "pending",
    "people",
    "policy",
    "provider",
    "recovery",
    "request_code",
    "revoke_token",
    "roles",
    "rotate_token",
    "scim",
    "sessions",
    "sign_in",
    "sign_out",
    "signing_keys",
    "staff",
    "step_up",
    "support",
    "throttle",
    "totp",
]

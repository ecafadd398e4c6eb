"""Identity: who is who. For now accounts, one-time codes by e-mail, sessions and API tokens.

Owns: users, accounts, memberships, sessions, sign-in codes, API tokens. Calls: kit.
Emits: `identity.user_created`, `.signed_in`, `.token_created`, `.token_revoked`.
"""

from serai.modules.identity.models import Account, ApiToken, User
from serai.modules.identity.service import (
    IssuedCode,
    SignedIn,
    TooManyCodes,
    actor_of_session,
    actor_of_token,
    clean_email,
    create_token,
    ensure_user,
    list_tokens,
    request_code,
    revoke_token,
    sign_in,
    sign_out,
)

__all__ = [
    "Account",
    "ApiToken",
    "IssuedCode",
    "SignedIn",
    "TooManyCodes",
    "User",
    "actor_of_session",
    "actor_of_token",
    "clean_email",
    "create_token",
    "ensure_user",
    "list_tokens",
    "request_code",
    "revoke_token",
    "sign_in",
    "sign_out",
]

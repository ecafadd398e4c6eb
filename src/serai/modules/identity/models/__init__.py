"""Identity's tables. Tokens and codes are stored as hashes only."""

from serai.modules.identity.models.keys import ApiToken
from serai.modules.identity.models.people import Account, Invitation, Membership, Role, User
from serai.modules.identity.models.sessions import SignInCode, SupportGrant, WebSession

__all__ = [
    "Account", "ApiToken", "Invitation", "Membership", "Role", "SignInCode", "SupportGrant", "User",
    "WebSession",
]  # fmt: skip

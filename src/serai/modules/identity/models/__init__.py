"""Identity's tables. Tokens and codes are stored as hashes only."""

from serai.modules.identity.models.credentials import (
    AttemptBudget,
    IdentityProvider,
    KnownDevice,
    LinkedSignIn,
    Passkey,
    PasswordCredential,
    RecoveryCode,
    Ticket,
    TotpCredential,
)
from serai.modules.identity.models.keys import ApiToken
from serai.modules.identity.models.people import Account, Invitation, Membership, Role, User
from serai.modules.identity.models.provider import DirectoryEntry, SignInClient, SigningKey, SignInGrant
from serai.modules.identity.models.sessions import SignInCode, SupportGrant, WebSession

__all__ = [
    "Account", "ApiToken", "AttemptBudget", "DirectoryEntry", "IdentityProvider", "Invitation",
    "KnownDevice", "LinkedSignIn", "Membership", "Passkey", "PasswordCredential", "RecoveryCode",
    "Role", "SignInClient", "SignInCode", "SignInGrant", "SigningKey", "SupportGrant", "Ticket",
    "TotpCredential", "User", "WebSession",
]  # fmt: skip

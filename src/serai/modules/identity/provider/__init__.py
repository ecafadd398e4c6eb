"""Serai as OpenID provider of the systems it launches: clients, codes, tokens, and “Open”.

A launch is a client. A grant is one sign-in of a person to it: made for a person's session, redeemed
once by the client, and good while the session lives and the person may open the launch.
"""

from typing import TYPE_CHECKING

from serai.kit.lazy import when_used
from serai.modules.identity.models.provider import SignInClient
from serai.modules.identity.provider.clients import NewClient, find, register, restore, withdraw
from serai.modules.identity.provider.people import SignedInSession, session_of

if TYPE_CHECKING:
    from serai.modules.identity.provider.authentication import authenticate
    from serai.modules.identity.provider.grants import (
        NotAllowedIn,
        Redeemed,
        forget_old,
        grant_code,
        grant_opening,
        redeem_code,
        redeem_opening,
    )
    from serai.modules.identity.provider.leaving import client_of_hint, way_back
    from serai.modules.identity.provider.metadata import discovery
    from serai.modules.identity.provider.requests import (
        AuthorizationRequest,
        Refused,
        UnknownClient,
        check_client,
        read,
    )
    from serai.modules.identity.provider.tokens import claims_of, issue, userinfo

__getattr__ = when_used(
    __name__,
    authentication=("authenticate",),
    grants=(
        "NotAllowedIn", "Redeemed", "forget_old", "grant_code", "grant_opening", "redeem_code", "redeem_opening",
    ),
    leaving=("client_of_hint", "way_back"),
    metadata=("discovery",),
    requests=("AuthorizationRequest", "Refused", "UnknownClient", "check_client", "read"),
    tokens=("claims_of", "issue", "userinfo"),
)  # fmt: skip

__all__ = [
    "AuthorizationRequest",
    "NewClient",
    "NotAllowedIn",
    "Redeemed",
    "Refused",
    "SignInClient",
    "SignedInSession",
    "UnknownClient",
    "authenticate",
    "check_client",
    "claims_of",
    "client_of_hint",
    "discovery",
    "find",
    "forget_old",
    "grant_code",
    "grant_opening",
    "issue",
    "read",
    "redeem_code",
    "redeem_opening",
    "register",
    "restore",
    "session_of",
    "userinfo",
    "way_back",
    "withdraw",
]

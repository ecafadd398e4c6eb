"""Signing in with another service: OpenID Connect by discovery, and GitHub's OAuth 2.

A person is known by issuer and subject, never by an e-mail address. What asks the provider
(`discover`, `redeem`) is called outside of transactions.
"""

from serai.modules.identity.federation.claims import Claims
from serai.modules.identity.federation.discovery import Endpoints, discover
from serai.modules.identity.federation.linking import (
    LinkOffer,
    MustLinkFirst,
    keep_offer,
    link,
    link_offer,
    link_offered,
    links,
    offer_link,
    sign_in_with,
    unlink,
)
from serai.modules.identity.federation.protocol import authorization_address, come_back, redeem
from serai.modules.identity.federation.providers import (
    GITHUB,
    OIDC,
    PRESETS,
    Preset,
    ProviderChange,
    get_provider,
    list_providers,
    offered,
    put_provider,
    switch_provider,
)

__all__ = [
    "GITHUB",
    "OIDC",
    "PRESETS",
    "Claims",
    "Endpoints",
    "LinkOffer",
    "MustLinkFirst",
    "Preset",
    "ProviderChange",
    "authorization_address",
    "come_back",
    "discover",
    "get_provider",
    "keep_offer",
    "link",
    "link_offer",
    "link_offered",
    "links",
    "list_providers",
    "offer_link",
    "offered",
    "put_provider",
    "redeem",
    "sign_in_with",
    "switch_provider",
    "unlink",
]

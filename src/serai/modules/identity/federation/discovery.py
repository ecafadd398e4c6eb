"""Where a provider's endpoints are, as its discovery document says (OpenID Connect Discovery 1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from serai.kit import outgoing
from serai.kit.errors import Unavailable
from serai.kit.i18n import _
from serai.kit.settings import Settings
from serai.modules.identity.federation import github
from serai.modules.identity.federation.providers import GITHUB
from serai.modules.identity.federation.published import ANEW, LIFE, published
from serai.modules.identity.models import IdentityProvider

_MICROSOFT = "login.microsoftonline.com"
_MICROSOFT_ISSUER = f"https://{_MICROSOFT}/{{tenantid}}/v2.0"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`issuer` may hold `{tenantid}`: Microsoft's, which each token fills in with its own tenant."""

    issuer: str
    authorization: str
    token: str
    keys: str = ""
    user_info: str = ""
    secret_in_body: bool = False


async def discover(settings: Settings, provider: IdentityProvider, *, anew: bool = False) -> Endpoints:
    """Asks the provider unless it has answered lately: call it outside of transactions. Raises
    Unavailable or outgoing's errors."""
    if provider.kind == GITHUB:
        return Endpoints(
            provider.issuer, github.authorization_endpoint(provider.issuer),
            github.token_endpoint(provider.issuer), secret_in_body=True,
        )  # fmt: skip
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"

    async def ask() -> Endpoints:
        return endpoints(provider, await _json(settings, provider, address))

    return await published(f"{provider.id} {address}", ask, ANEW if anew else LIFE)


async def signing_keys(
    settings: Settings, provider: IdentityProvider, found: Endpoints, oldest: timedelta = LIFE
) -> Any:
    """The provider's JWKS. Outside of transactions, too."""

    async def ask() -> Any:
        return await _json(settings, provider, found.keys)

    return await published(f"{provider.id} {found.keys}", ask, oldest)


def endpoints(provider: IdentityProvider, document: Any) -> Endpoints:
    """Raises Unavailable for a document that is not this issuer's or lacks something."""
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not isinstance(document, dict) or not all(isinstance(document.get(name), str) for name in names):
        raise _not_usable(provider, _("Its discovery document is not complete."))
    if not _is_issuer_of(provider, document["issuer"]):
        message = _("Its discovery document is of another issuer, %(issuer)s.", issuer=document["issuer"])
        raise _not_usable(provider, message)
    if urlsplit(document["authorization_endpoint"]).scheme not in {"https", "http"}:
        raise _not_usable(provider, _("Its discovery document is not complete."))
    return Endpoints(
        document["issuer"], document["authorization_endpoint"], document["token_endpoint"],
        document["jwks_uri"], str(document.get("userinfo_endpoint") or ""), _secret_in_body(document),
    )  # fmt: skip


async def _json(settings: Settings, provider: IdentityProvider, address: str) -> Any:
    async with outgoing.client(settings) as client:
        answer = await client.get(address, headers={"Accept": "application/json"})
    if answer.status != 200:
        raise _not_usable(provider, _("%(address)s answers %(status)s.", address=address, status=answer.status))
    return answer.json()


def _is_issuer_of(provider: IdentityProvider, issuer: str) -> bool:
    if issuer.rstrip("/") == provider.issuer.rstrip("/"):
        return True
    return urlsplit(provider.issuer).hostname == _MICROSOFT and issuer == _MICROSOFT_ISSUER


def _secret_in_body(document: Mapping[str, Any]) -> bool:
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" not in methods and "client_secret_post" in methods


def _not_usable(provider: IdentityProvider, why: str) -> Unavailable:
    return Unavailable(
        _("%(provider)s cannot be used to sign in at the moment: %(why)s", provider=provider.name, why=why)
    )

"""Verification of an ID token (OpenID Connect Core 1.0, 3.1.3.7)."""

import hmac
import re
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from serai.kit import clock
from serai.kit.errors import Unavailable
from serai.kit.i18n import _

# Signatures only: nothing that our own client secret could make, and not "none".
ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
_KEY_TYPES = {"RSA", "EC", "OKP"}
_LEEWAY_SECONDS = 60
_TENANT = re.compile(r"^[0-9a-fA-F-]{36}$")
_LONGEST_SUBJECT = 255


class SignatureDoesNotFit(Unavailable):
    """Not with these keys: the provider may have newer ones."""


def verify(token: str, keys: Any, *, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims. Raises Unavailable: the provider is at fault, or somebody who plays it.
    SignatureDoesNotFit among them."""
    try:
        decoded = jwt.decode(token, _signing_keys(keys), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignatureDoesNotFit(_said(_("its signature does not fit"))) from error
    claims = dict(decoded.claims)
    now = clock.now().timestamp()
    if claims.get("iss") != _expected_issuer(issuer, claims):
        raise _refused(_("it is of another issuer"))
    if not _is_for(client_id, claims):
        raise _refused(_("it is meant for somebody else"))
    if not _number(claims.get("exp")) or claims["exp"] <= now - _LEEWAY_SECONDS:
        raise _refused(_("it has expired"))
    if not _number(claims.get("iat")) or claims["iat"] > now + _LEEWAY_SECONDS:
        raise _refused(_("it is from the future"))
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused(_("it belongs to another sign-in"))
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise _refused(_("it does not say who it is"))
    return claims


def vouches_for_email(claims: Mapping[str, Any]) -> bool:
    """Microsoft says it as `xms_edov`: without it anybody's tenant can claim any address."""
    return claims.get("email_verified") in {True, "true"} or claims.get("xms_edov") in {True, "1", "true"}


def _signing_keys(keys: Any) -> KeySet:
    usable = [
        key for key in keys["keys"] if key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": usable})


def _expected_issuer(issuer: str, claims: Mapping[str, Any]) -> str:
    tenant = str(claims.get("tid", ""))
    return issuer.replace("{tenantid}", tenant) if _TENANT.match(tenant) else issuer


def _is_for(client_id: str, claims: Mapping[str, Any]) -> bool:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        return False
    party = claims.get("azp")
    return party == client_id if party is not None or len(audiences) > 1 else True


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(why: str) -> Unavailable:
    return Unavailable(_said(why))


def _said(why: str) -> str:
    return _("The provider's answer cannot be trusted: %(why)s. Begin again.", why=why)

"""An ID token counts only when everything in it fits, and a discovery document only when it is the issuer's."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from serai.kit import clock
from serai.kit.clock import MovableClock
from serai.kit.errors import Unavailable
from serai.modules.identity import IdentityProvider
from serai.modules.identity.federation import discovery, id_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUER, CLIENT, NONCE = "https://idp.example", "serai", "n0nce"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})
KEYS = KeySet([RSA, EC, ED]).as_dict(private=False)
CLAIMS = {
    "iss": ISSUER, "aud": CLIENT, "sub": "248289761001", "nonce": NONCE, "email": "sara@example.com",
    "email_verified": True, "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[MovableClock]:
    made = MovableClock(NOW)
    former = clock.use(made)
    yield made
    clock.use(former)


def token(key: Any = RSA, alg: str = "RS256", **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


def verify(text: str, keys: Any = KEYS, **changes: Any) -> dict[str, Any]:
    return id_token.verify(text, keys, **{"issuer": ISSUER, "client_id": CLIENT, "nonce": NONCE, **changes})


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")])
def test_the_three_signatures_are_taken(key: Any, alg: str) -> None:
    assert verify(token(key, alg))["sub"] == CLAIMS["sub"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"iss": "https://evil.example"}, "another issuer"), ({"iss": None}, "another issuer"),
     ({"aud": "somebody"}, "somebody else"), ({"aud": None}, "somebody else"),
     ({"aud": [CLIENT, "other"]}, "somebody else"), ({"azp": "other"}, "somebody else"),
     ({"exp": int(NOW.timestamp()) - 61}, "expired"), ({"exp": None}, "expired"), ({"exp": True}, "expired"),
     ({"iat": int(NOW.timestamp()) + 120}, "future"), ({"iat": None}, "future"),
     ({"nonce": "other"}, "another sign-in"), ({"nonce": None}, "another sign-in"),
     ({"sub": ""}, "who it is"), ({"sub": None}, "who it is"), ({"sub": "x" * 256}, "who it is"),
     ({"sub": 7}, "who it is")],
)  # fmt: skip
def test_a_claim_that_does_not_fit_refuses_the_token(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        verify(token(**changes))


def test_several_audiences_need_us_as_the_party() -> None:
    assert verify(token(aud=[CLIENT, "other"], azp=CLIENT))["sub"]


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _unsigned() -> str:
    return f"{_part({'alg': 'none'})}.{_part(CLAIMS)}."


def _signed_with_the_public_key() -> str:
    head, body = _unsigned().replace(_part({"alg": "none"}), _part({"alg": "HS256", "kid": "rsa"})).split(".")[:2]
    signature = hmac.digest(RSA.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_by_a_stranger() -> str:
    return token(RSAKey.generate_key(2048, {"kid": "rsa"}))


def _changed() -> str:
    head, _, signature = token().split(".")
    return f"{head}.{_part({**CLAIMS, 'sub': 'admin'})}.{signature}"


@pytest.mark.parametrize(
    "forge", [_unsigned, _signed_with_the_public_key, _signed_by_a_stranger, _changed, lambda: "", lambda: "a.b.c"]
)
def test_a_forged_token_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(Unavailable, match="signature"):
        verify(forge())


def test_symmetric_and_encryption_keys_of_the_provider_are_not_used() -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    keys = {"keys": [*KEYS["keys"], shared.as_dict()]}
    forged = jwt.encode({"alg": "HS256", "kid": "shared"}, CLAIMS, shared, algorithms=["HS256"])
    with pytest.raises(Unavailable, match="signature"):
        verify(forged, keys)
    only_encryption = {"keys": [{**RSA.as_dict(private=False), "use": "enc"}]}
    with pytest.raises(Unavailable, match="signature"):
        verify(token(), only_encryption)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, None, []])
def test_a_broken_key_set_is_refused(keys: Any) -> None:
    with pytest.raises(Unavailable, match="signature"):
        verify(token(), keys)


def test_microsoft_s_tenant_fills_in_its_issuer() -> None:
    template = "https://login.microsoftonline.com/{tenantid}/v2.0"
    tenant = "9188040d-6c67-4c5b-b112-36a304b66dad"
    own = template.replace("{tenantid}", tenant)
    assert verify(token(iss=own, tid=tenant), issuer=template)["iss"] == own
    for changes in ({"iss": own, "tid": None}, {"iss": own, "tid": "0" * 36},
                    {"iss": template.replace("{tenantid}", "x"), "tid": "x"}):  # fmt: skip
        with pytest.raises(Unavailable, match="another issuer"):
            verify(token(**changes), issuer=template)


def test_only_a_provider_s_word_verifies_an_address() -> None:
    assert id_token.vouches_for_email({"email_verified": True})
    assert id_token.vouches_for_email({"xms_edov": True})
    for claims in ({}, {"email_verified": False}, {"email_verified": "no"}, {"email": "sara@example.com"}):
        assert not id_token.vouches_for_email(claims)


def provider(issuer: str = ISSUER) -> IdentityProvider:
    return IdentityProvider(key="idp", kind="oidc", name="IdP", issuer=issuer, client_id=CLIENT)


DOCUMENT = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}  # fmt: skip


def test_endpoints_come_from_the_issuer_s_own_document() -> None:
    found = discovery.endpoints(provider(f"{ISSUER}/"), DOCUMENT)
    assert (found.authorization, found.token, found.keys) == (f"{ISSUER}/auth", f"{ISSUER}/token", f"{ISSUER}/jwks")
    assert not found.secret_in_body


@pytest.mark.parametrize(
    "changes",
    [{"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": 7},
     {"authorization_endpoint": "javascript:alert(1)"},
     {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}],
)  # fmt: skip
def test_a_document_of_somebody_else_or_in_parts_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        discovery.endpoints(provider(), {**DOCUMENT, **changes})


def test_microsoft_s_common_document_is_taken_for_microsoft_only() -> None:
    document = {**DOCUMENT, "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    found = discovery.endpoints(provider("https://login.microsoftonline.com/common/v2.0"), document)
    assert "{tenantid}" in found.issuer

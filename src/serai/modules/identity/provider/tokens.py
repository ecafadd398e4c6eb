"""What a system gets for a code: an ID token, an access token for /oidc/userinfo, and claims."""

from datetime import timedelta
from typing import Any

from authlib.oidc.core.util import create_half_hash

from serai.kit import clock, ids
from serai.kit.db import Session
from serai.kit.secrets import Vault
from serai.modules.identity import signing_keys
from serai.modules.identity.provider import grants
from serai.modules.identity.provider.grants import Redeemed
from serai.modules.identity.provider.people import Person
from serai.modules.identity.signing_keys import BadToken

LIFE = timedelta(minutes=5)
_CLAIMS = {
    "profile": ("name", "locale"),
    "email": ("email", "email_verified"),
    "account": ("account", "account_name", "role"),
}


async def issue(session: Session, vault: Vault, issuer: str, redeemed: Redeemed) -> dict[str, Any]:
    """The body of a token answer (OpenID Connect Core 3.1.3.3)."""
    grant, now = redeemed.grant, clock.now()
    common = {
        "iss": issuer, "sub": grant.user_id, "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()), "sid": grant.session_id,
    }  # fmt: skip
    access = common | {
        "aud": f"{issuer}/oidc/userinfo", "client_id": grant.client_id, "scope": grant.scope,
        "jti": ids.new("jti"), "grant": grant.id,
    }  # fmt: skip
    access_token = await signing_keys.sign(session, vault, "at+jwt", access)
    identity = common | {
        "aud": grant.client_id, "auth_time": int(grant.signed_in_at.timestamp()),
        "at_hash": create_half_hash(access_token, signing_keys.ALGORITHM).decode(),
    }  # fmt: skip
    if grant.nonce is not None:
        identity["nonce"] = grant.nonce
    return {
        "access_token": access_token, "token_type": "Bearer", "expires_in": int(LIFE.total_seconds()),
        "scope": grant.scope, "id_token": await signing_keys.sign(session, vault, "JWT", identity),
    }  # fmt: skip


async def userinfo(session: Session, issuer: str, access_token: str) -> dict[str, Any]:
    """Raises BadToken, also when the sign-in was revoked or the person's session has ended."""
    claims = await signing_keys.verify(
        session, access_token, "at+jwt", issuer=issuer, audience=f"{issuer}/oidc/userinfo"
    )
    redeemed = await grants.still_good(session, str(claims.get("grant")))
    if redeemed is None:
        raise BadToken("The sign-in this token came from has ended.")
    return claims_of(redeemed.person, redeemed.grant.scope)


def claims_of(person: Person, scope: str) -> dict[str, Any]:
    """What a system learns of a person, as far as it asked."""
    user, account = person.user, person.account
    every = {
        "name": user.name or user.email, "locale": user.language, "email": user.email,
        "email_verified": user.email_verified_at is not None, "account": account.id,
        "account_name": account.name, "role": person.role,
    }  # fmt: skip
    names = [name for each in scope.split() for name in _CLAIMS.get(each, ())]
    return {"sub": person.user.id} | {name: every[name] for name in names}

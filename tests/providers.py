"""An OpenID Connect provider, and GitHub, on a loopback port: they hold their clients to the protocol."""

import base64
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "serai client", "s3cret:with/signs"


@dataclass
class FakeProvider:
    """`agree` is what a person does at it. `lies` changes claims of the ID tokens,
    `user_info_lies` those of the user info endpoint. `asked`: how often for what is published."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    lies: dict[str, Any] = field(default_factory=dict)
    emails: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_user_info: bool = False
    user_info_lies: dict[str, Any] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    is_broken: bool = False

    def agree(self, address: str, subject: str = "sub-1", **claims: Any) -> dict[str, str]:
        """The query with which the browser comes back."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.waiting[code] = {"query": query, "sub": subject, **claims}
        return {"code": code, "state": query["state"]}

    async def discovery(self, request: web.Request) -> web.Response:
        self.asked["discovery"] += 1
        if self.is_broken:
            return web.Response(status=500)
        paths = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks",
                 "userinfo_endpoint": "me"}  # fmt: skip
        places = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        return web.json_response({"issuer": self.issuer, **places})

    async def jwks(self, request: web.Request) -> web.Response:
        self.asked["jwks"] += 1
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        found = self.waiting.pop(str(form["code"]), None)
        if found is None or not self._is_proven(request, form, found["query"]):
            return web.json_response({"error": "invalid_grant"}, status=400)
        query = found.pop("query")
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "exp": int(time.time()) + 60,
                  "nonce": query.get("nonce"), **found, **self.lies}  # fmt: skip
        access = secrets.token_urlsafe(8)
        self.waiting[access] = found
        if self.by_user_info:
            claims = {name: value for name, value in claims.items() if not name.startswith("email")}
        signed = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key, algorithms=["RS256"])
        return web.json_response({"access_token": access, "token_type": "Bearer", "id_token": signed})

    def _is_proven(self, request: web.Request, form: Any, query: dict[str, str]) -> bool:
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
            return False
        if "client_secret" in form:
            return form["client_secret"] == CLIENT_SECRET
        pair = "serai%20client:s3cret%3Awith%2Fsigns"
        return request.headers["authorization"] == f"Basic {base64.b64encode(pair.encode()).decode()}"

    async def me(self, request: web.Request) -> web.Response:
        found = self.waiting[request.headers["authorization"].removeprefix("Bearer ")]
        return web.json_response({**found, **self.user_info_lies})

    async def github_user(self, request: web.Request) -> web.Response:
        found = self.waiting[request.headers["authorization"].removeprefix("Bearer ")]
        return web.json_response({"id": int(found["sub"]), "login": "sara"})

    async def github_emails(self, request: web.Request) -> web.Response:
        return web.json_response(self.emails)


@asynccontextmanager
async def provider() -> AsyncIterator[FakeProvider]:
    made = FakeProvider()
    app = web.Application()
    app.add_routes([
        web.get("/.well-known/openid-configuration", made.discovery), web.get("/jwks", made.jwks),
        web.post("/token", made.token), web.get("/me", made.me), web.get("/api/v3/user", made.github_user),
        web.get("/api/v3/user/emails", made.github_emails), web.post("/login/oauth/access_token", made.token),
    ])  # fmt: skip
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.issuer = f"http://{host}:{port}"
    yield made
    await runner.cleanup()

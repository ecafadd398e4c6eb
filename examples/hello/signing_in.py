"""Lets people in whom Serai knows: by OpenID Connect, and by “Open” in Serai's console.

What is remembered stands in signed cookies: nothing is stored here.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import urllib.error
import urllib.request
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

URL, SECRET = os.environ["URL"], os.environ["SECRET"].encode()
ISSUER, CLIENT_ID = os.environ["SIGN_IN_ISSUER"], os.environ["SIGN_IN_CLIENT_ID"]
CLIENT_SECRET = os.environ["SIGN_IN_CLIENT_SECRET"]
PATHS = ("/sign-in", "/callback", "/open", "/sign-out")
CALLBACK = f"{URL}/callback"
EIGHT_HOURS, TEN_MINUTES = 28_800, 600


class Refused(Exception):
    """Says why somebody is not let in."""


def go_on(address: str, cookies: str | None) -> tuple[str, str]:
    """Where the browser goes next, and the cookie it takes along."""
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query))
    match parts.path:
        case "/sign-in":
            return ask_who_it_is()
        case "/callback":
            return "/", keep("person", person_of_code(given, cookies), EIGHT_HOURS)
        case "/open":
            return "/", keep("person", call("/oidc/open", token=given.get("token", "")), EIGHT_HOURS)
        case _:
            query = urlencode({"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{URL}/"})
            return f"{ISSUER}/oidc/logout?{query}", keep("person", {}, 0)


def ask_who_it_is() -> tuple[str, str]:
    state, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = urlencode({
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": CALLBACK, "state": state,
        "scope": "openid profile email account", "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    })  # fmt: skip
    return f"{ISSUER}/oidc/authorize?{query}", keep(
        "way", {"state": state, "verifier": verifier}, TEN_MINUTES
    )


def person_of_code(given: dict[str, str], cookies: str | None) -> dict[str, str]:
    """The answer is ours when it carries our state, and Serai's when it names Serai."""
    way = read_cookie(cookies, "way")
    if way is None or given.get("state") != way["state"] or given.get("iss") != ISSUER:
        raise Refused("this is no answer to a question of ours.")
    if "code" not in given:
        raise Refused(given.get("error", "no code came."))
    tokens = call("/oidc/token", grant_type="authorization_code", code=given["code"], redirect_uri=CALLBACK,
                  code_verifier=way["verifier"])  # fmt: skip
    request = urllib.request.Request(f"{ISSUER}/oidc/userinfo")
    request.add_header("Authorization", f"Bearer {tokens['access_token']}")
    return fetch(request)


def call(path: str, **fields: str) -> dict[str, str]:
    """Asks Serai, showing the secret that nobody else has."""
    request = urllib.request.Request(ISSUER + path, urlencode(fields).encode())
    key = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    request.add_header("Authorization", f"Basic {key}")
    return fetch(request)


def fetch(request: urllib.request.Request) -> dict[str, str]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(f"Serai says {error.read().decode(errors='replace')}") from error
    except OSError as error:
        raise Refused("Serai does not answer.") from error


def keep(name: str, value: dict[str, str], seconds: int) -> str:
    content = base64.urlsafe_b64encode(json.dumps([time.time() + seconds, value]).encode()).decode()
    safe = "; Secure" if URL.startswith("https:") else ""
    return f"{name}={content}.{mark(name, content)}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{safe}"


def read_cookie(cookies: str | None, name: str) -> dict[str, str] | None:
    """What `keep` put there, unless it is too old or somebody changed it."""
    found = SimpleCookie(cookies).get(name)
    content, _, signed = (found.value if found else "").partition(".")
    if not hmac.compare_digest(signed, mark(name, content)):
        return None
    until, value = json.loads(base64.urlsafe_b64decode(content))
    return value if until > time.time() else None


def mark(name: str, content: str) -> str:
    return hmac.digest(SECRET, f"{name}={content}".encode(), "sha256").hex()

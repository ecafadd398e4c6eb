"""One page behind a login: with the administrator's password, or as somebody Serai knows.

`serve` runs it, `set-password` keeps LOGIN and PASSWORD_HASH.
"""

import base64
import hashlib
import hmac
import os
import sys
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import signing_in

GREETING = f"Hello from {os.environ['NAME']}"
ACCOUNT = Path(os.environ["ACCOUNT"])


def has_password(authorization: str | None) -> bool:
    if not authorization:
        return False
    login, _, password = base64.b64decode(authorization.removeprefix("Basic ")).partition(b":")
    name, stored = ACCOUNT.read_text().splitlines()
    _, salt, digest = stored.split("$")
    found = hashlib.scrypt(password, salt=salt.encode(), n=32768, r=8, p=1, maxmem=2**26)
    return hmac.compare_digest(login, name.encode()) and hmac.compare_digest(found.hex(), digest)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            return self.answer(200, "up")
        if self.path.partition("?")[0] in signing_in.PATHS:
            return self.sign_in()
        if has_password(self.headers.get("Authorization")):
            return self.answer(200, f"{GREETING}!")
        if self.path == "/password":
            return self.answer(401, "Sign in, please.", {"WWW-Authenticate": "Basic"})
        person = signing_in.read_cookie(self.headers.get("Cookie"), "person")
        if person is None:
            return self.answer(401, SIGN_IN)
        name, role = escape(person["name"]), escape(person["role"])
        return self.answer(200, HELLO.format(greeting=GREETING, name=name, role=role))

    def sign_in(self) -> None:
        try:
            location, cookie = signing_in.go_on(self.path, self.headers.get("Cookie"))
        except signing_in.Refused as why:
            return self.answer(403, f"You are not signed in: {escape(str(why))}")
        return self.answer(303, "", {"Location": location, "Set-Cookie": cookie})

    def answer(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


SIGN_IN = """<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in, please.</h1>
<p><a href="/sign-in">Sign in with Serai</a> or <a href="/password">with the password</a></p></html>"""
HELLO = """<!doctype html><html lang="en"><title>Hello</title><h1>{greeting}, {name}!</h1>
<p>You are {role} here. <a href="/sign-out">Sign out</a></p></html>"""

if sys.argv[1] == "set-password":
    ACCOUNT.write_text(os.environ["LOGIN"] + "\n" + os.environ["PASSWORD_HASH"])
else:
    address = os.environ["ADDRESS"], int(os.environ["PORT"])
    ThreadingHTTPServer(address, Page).serve_forever()

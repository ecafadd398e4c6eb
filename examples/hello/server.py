"""One page behind a login: `serve` runs it, `set-password` keeps LOGIN and PASSWORD_HASH."""

import base64
import hashlib
import hmac
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ACCOUNT = Path(os.environ["ACCOUNT"])


def signed_in(authorization: str) -> bool:
    login, _, password = base64.b64decode(authorization.removeprefix("Basic ")).partition(b":")
    name, stored = ACCOUNT.read_text().splitlines()
    _, salt, digest = stored.split("$")
    found = hashlib.scrypt(password, salt=salt.encode(), n=32768, r=8, p=1, maxmem=2**26)
    return hmac.compare_digest(login, name.encode()) and hmac.compare_digest(found.hex(), digest)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            return self.answer(200, "up")
        if not signed_in(self.headers.get("Authorization", "")):
            return self.answer(401, "Sign in, please.")
        return self.answer(200, f"Hello from {os.environ['NAME']}!")

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", "Basic")
        self.end_headers()
        self.wfile.write(text.encode())


if sys.argv[1] == "set-password":
    ACCOUNT.write_text(os.environ["LOGIN"] + "\n" + os.environ["PASSWORD_HASH"])
else:
    address = os.environ["ADDRESS"], int(os.environ["PORT"])
    ThreadingHTTPServer(address, Page).serve_forever()

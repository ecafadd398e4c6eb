"""Cross-site request forgery: a browser says where a request comes from, and we believe only it.

Fetch Metadata (Sec-Fetch-Site) first, Origin for browsers without it (OWASP's CSRF cheat sheet).
The API is left out: it takes no cookies.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serai.kit.web.problems import problem_response

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class CsrfMiddleware:
    def __init__(self, app: ASGIApp, *, exempt: tuple[str, ...] = ("/api/",)) -> None:
        self.app = app
        self._exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_fine(scope):
            detail = "This form was sent from another site. Open the page here and send it again."
            await problem_response(403, "cross_site_request", detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_fine(self, scope: Scope) -> bool:
        if scope["method"] in _SAFE_METHODS or scope["path"].startswith(self._exempt):
            return True
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = headers.get("origin")
        # Neither header: no browser of the last years, so no cookie was stolen for it.
        return origin is None or urlsplit(origin).netloc == headers.get("host")

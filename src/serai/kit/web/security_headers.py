"""Security headers for every answer of the portals, as a pure ASGI middleware."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Mapping[str, Sequence[str]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ONE_YEAR = "max-age=31536000; includeSubDomains"


def content_security_policy(extra: Mapping[str, Sequence[str]] | None = None) -> str:
    """The policy as a header value; `extra` adds sources, e.g. `{"form-action": ["https://…"]}`."""
    merged = {name: tuple(sources) for name, sources in POLICY.items()}
    for name, sources in (extra or {}).items():
        present = tuple(each for each in merged.get(name, ()) if each != "'none'")
        merged[name] = (*present, *sources)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in merged.items())


class SecurityHeadersMiddleware:
    """Adds what the answer has not set itself: an endpoint may send a policy of its own."""

    def __init__(self, app: ASGIApp, *, extra_sources: Mapping[str, Sequence[str]] | None = None) -> None:
        self.app = app
        self._policy = content_security_policy(extra_sources)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", self._policy)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", _ONE_YEAR)
            await send(message)

        await self.app(scope, receive, send_with_headers)

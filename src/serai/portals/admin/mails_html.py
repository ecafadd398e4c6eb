"""A mail's HTML as a page of its own."""

from starlette.responses import Response

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)


def html_page(body: str) -> Response:
    """Nothing in it runs, loads or leads anywhere."""
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type="text/html; charset=utf-8")

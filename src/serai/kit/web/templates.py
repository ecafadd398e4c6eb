"""`render`, which every page ends with. `request.app.state.templates` holds the Jinja environment."""

import base64
import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serai.kit import i18n
from serai.kit.web import navigation

FLASH_COOKIE = "serai_flash"
_request: ContextVar[Request | None] = ContextVar("serai_request", default=None)


def url_with(**changes: object) -> str:
    """The present page's address with query parameters set (None takes one away)."""
    request = _request.get()
    if request is None:
        return "?"
    url = request.url.include_query_params(
        **{name: value for name, value in changes.items() if value is not None}
    ).remove_query_params([name for name, value in changes.items() if value is None])
    return f"{url.path}?{url.query}" if url.query else url.path


def render(
    request: Request,
    name: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The page, with `request`, `locale`, `dir`, `theme`, `actor`, `nav_groups(portal)`,
    `flashes` and the given context."""
    environment: jinja2.Environment = request.app.state.templates
    token = _request.set(request)
    try:
        flashes = _read_flashes(request)
        body = environment.get_template(name).render(**_page_context(request, flashes), **context)
    finally:
        _request.reset(token)
    response = HTMLResponse(body, status_code, dict(headers or {}))
    if flashes and FLASH_COOKIE in request.cookies:
        response.delete_cookie(FLASH_COOKIE)
    return response


def _page_context(request: Request, flashes: list[dict[str, str]]) -> dict[str, Any]:
    actor = getattr(request.state, "actor", None)
    acting = getattr(request.state, "acting", None) or actor
    return {
        "request": request,
        "path": request.url.path,
        "locale": i18n.get_locale(),
        "dir": i18n.direction(),
        "theme": getattr(request.state, "theme", "auto"),
        "languages": i18n.LANGUAGES,
        "actor": actor,
        "flashes": flashes,
        "nav_groups": lambda portal: navigation.groups(portal, acting),
        "nav_entries": lambda portal: navigation.entries(portal, acting),
    }


def flash(response: Response, message: object, tone: str = "success") -> None:
    """Show `message` as a toast on the next page, for the redirect after a form."""
    value = json.dumps([{"message": str(message), "tone": tone}]).encode()
    cookie = base64.urlsafe_b64encode(value).decode()
    response.set_cookie(FLASH_COOKIE, cookie, max_age=60, httponly=True, samesite="lax")


def toast_headers(message: object, tone: str = "success") -> dict[str, str]:
    """Headers that make an htmx answer show a toast."""
    return {"HX-Trigger": json.dumps({"toast": {"message": str(message), "tone": tone}})}


def _read_flashes(request: Request) -> list[dict[str, str]]:
    try:
        found = json.loads(base64.urlsafe_b64decode(request.cookies.get(FLASH_COOKIE, "")))
        return [{"message": str(each["message"]), "tone": str(each["tone"])} for each in found[:5]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


__all__ = ["Markup", "flash", "render", "toast_headers", "url_with"]

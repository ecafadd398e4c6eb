"""Pages as an application serves them: layouts, preferences, flashes, headers."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from serai.kit.actor import Actor
from serai.kit.web.preferences import PreferencesMiddleware
from serai.kit.web.security_headers import SecurityHeadersMiddleware
from serai.kit.web.templates import flash, render
from serai.portals.ui.pages import router
from serai.portals.ui.setup import install

LAYOUTS = ("console", "admin", "storefront")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    made = FastAPI()
    made.add_middleware(PreferencesMiddleware)
    made.add_middleware(SecurityHeadersMiddleware)
    install(made)
    made.include_router(router)

    @made.get("/layout/{name}")
    async def layout(request: Request, name: str) -> HTMLResponse:
        request.state.actor = Actor(kind="user", id="usr_1", name="Mona")
        return render(request, f"layouts/{name}.html", heading="Gone", message="Not here.")

    @made.post("/leave")
    async def leave() -> RedirectResponse:
        response = RedirectResponse("/layout/console", 303)
        flash(response, "Left & gone", "info")
        return response

    return made


async def get(
    app: FastAPI, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body of one request, straight through ASGI."""
    route, _, query = path.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": route, "scheme": "http",
        "query_string": query.encode(), "headers": [(b"host", b"localhost"), *raw],
        "server": ("localhost", 80), "root_path": "",
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    answered_all = asyncio.Event()
    asked = iter([True])

    async def receive() -> dict[str, Any]:
        if not next(asked, False):
            await answered_all.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answered = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], answered, body.decode()


@pytest.mark.parametrize("name", [*LAYOUTS, "error"])
async def test_every_layout_renders_for_a_signed_in_user(app: FastAPI, name: str) -> None:
    status, _, body = await get(app, f"/layout/{name}")
    assert status == 200
    assert "Mona" in body


async def test_the_language_follows_query_cookie_and_header(app: FastAPI) -> None:
    _, headers, body = await get(app, "/ui-kit?lang=ar&theme=dark")
    assert '<html lang="ar" dir="rtl" data-theme="dark"' in body
    cookies = [value for name, value in headers if name == "set-cookie"]
    assert any(each.startswith("serai_lang=ar;") for each in cookies)
    assert any(each.startswith("serai_theme=dark;") for each in cookies)
    _, headers, body = await get(app, "/ui-kit", {"cookie": "serai_lang=ar; serai_theme=evil"})
    assert '<html lang="ar" dir="rtl" data-theme="auto"' in body
    assert not any(name == "set-cookie" for name, _ in headers)
    _, _, body = await get(app, "/ui-kit", {"accept-language": "ar-EG"})
    assert '<html lang="ar"' in body


async def test_a_flash_is_shown_once_and_escaped(app: FastAPI) -> None:
    _, headers, _ = await get(app, "/leave", method="POST")
    cookie = next(value for name, value in headers if name == "set-cookie").split(";")[0]
    _, headers, body = await get(app, "/layout/console", {"cookie": cookie})
    assert "Left &amp; gone" in body
    assert any(value.startswith('serai_flash=""') for name, value in headers if name == "set-cookie")


async def test_a_broken_flash_is_ignored(app: FastAPI) -> None:
    for broken in ("xx", "bnVsbA==", "WzFd", "\x00"):
        status, _, _ = await get(app, "/layout/console", {"cookie": f"serai_flash={broken}"})
        assert status == 200


async def test_every_answer_carries_the_security_headers(app: FastAPI) -> None:
    for path in ("/ui-kit", "/missing", "/static/dist/theme.js?v=1"):
        _, answered, _ = await get(app, path)
        headers = dict(answered)
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "immutable" in headers["cache-control"]

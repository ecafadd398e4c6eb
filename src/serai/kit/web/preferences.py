"""Language and theme of a request: from `?lang=`/`?theme=` (then remembered), cookies, headers."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serai.kit.i18n import negotiate, set_locale

LANGUAGE_COOKIE = "serai_lang"
THEME_COOKIE = "serai_theme"
THEMES = ("auto", "light", "dark")
_YEAR = 31_536_000


class PreferencesMiddleware:
    """Sets the locale of the context and `request.state.locale`, `.theme`.

    A session middleware outside this one may have put the user's language into
    `scope["state"]["user_locale"]`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        headers = Headers(scope=scope)
        cookies = _cookies(headers.get("cookie", ""))
        state = scope.setdefault("state", {})
        explicit = query.get("lang", [None])[0]
        locale = negotiate(
            explicit, cookies.get(LANGUAGE_COOKIE), state.get("user_locale"),
            headers.get("accept-language"),
        )  # fmt: skip
        wanted_theme = query.get("theme", [""])[0]
        theme = _theme(wanted_theme) or _theme(cookies.get(THEME_COOKIE, "")) or "auto"
        set_locale(locale)
        state["locale"], state["theme"] = locale, theme
        remembered = []
        if explicit:
            remembered.append(_cookie(LANGUAGE_COOKIE, locale))
        if _theme(wanted_theme):
            remembered.append(_cookie(THEME_COOKIE, theme))

        async def send_remembering(message: Message) -> None:
            if message["type"] == "http.response.start":
                response = MutableHeaders(scope=message)
                response.setdefault("content-language", locale)
                response.add_vary_header("Accept-Language, Cookie")
                for cookie in remembered:
                    response.append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_remembering)


def _theme(value: str) -> str:
    return value if value in THEMES else ""


def _cookie(name: str, value: str) -> str:
    return f"{name}={value}; Path=/; Max-Age={_YEAR}; SameSite=Lax"


def _cookies(header: str) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}

"""A cookie that holds an opaque token, under the `__Host-` prefix wherever there is TLS."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class TokenCookie:
    """With the prefix a browser takes it from this host alone: no system beside us can plant one."""

    name: str
    seconds: int

    def of(self, cookies: Mapping[str, str], *, secure: bool) -> str:
        """Only the name that fits counts: the one without the prefix could have been planted."""
        return cookies.get(self._name(secure=secure), "")

    def put(self, response: Response, token: str, *, secure: bool) -> None:
        response.set_cookie(
            self._name(secure=secure), token, max_age=self.seconds, httponly=True, samesite="lax",
            secure=secure, path="/",
        )  # fmt: skip

    def clear(self, response: Response, *, secure: bool) -> None:
        response.delete_cookie(self._name(secure=secure), path="/", secure=secure, httponly=True)

    def _name(self, *, secure: bool) -> str:
        return f"__Host-{self.name}" if secure else self.name

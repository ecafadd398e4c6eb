"""The error tree every layer speaks. It knows nothing of HTTP: each face renders it its own way."""

from collections.abc import Mapping


class SeraiError(Exception):
    """Something a caller can act on.

    `code` is stable and machine-readable ("launches.name_taken"), `message` says what to do,
    `fields` maps an input's name to what is wrong with it.
    """

    code = "error"

    def __init__(
        self, message: str, *, code: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields = dict(fields or {})


class NotFound(SeraiError):
    """There is no such thing, or the actor may not know of it."""

    code = "not_found"


class Denied(SeraiError):
    """The actor is known and may not do this."""

    code = "denied"


class Unauthenticated(Denied):
    """Nobody is signed in, or the token is no longer good."""

    code = "unauthenticated"


class Conflict(SeraiError):
    """The change does not fit the present state; reading again and retrying may help."""

    code = "conflict"


class Invalid(SeraiError):
    """The input is wrong; the message and `fields` say how."""

    code = "invalid"


class Unavailable(SeraiError):
    """Something Serai depends on is not answering; the same call may work later."""

    code = "unavailable"

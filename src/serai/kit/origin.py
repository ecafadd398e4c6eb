"""Where a change comes from: the present request, command or job. Kept with every event."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """`via`: page, api, cli or worker."""

    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    via: str = "worker"


_present: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen


def origin() -> Origin:
    return _present.get()


def set_origin(made: Origin) -> None:
    _present.set(made)

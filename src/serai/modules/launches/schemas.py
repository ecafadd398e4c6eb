"""How a launch looks from outside: to the API, the terminal and the pages alike."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from serai.contracts.runtime import WorkloadStatus
from serai.modules.launches.models import Launch


class LaunchView(msgspec.Struct, frozen=True):
    """`password_available`: the credentials have not been shown in the console yet."""

    id: str
    name: str
    state: str
    url: str
    account_id: str
    product: str
    package: str
    period: str
    release_id: str
    login: str
    password_available: bool
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None


class ProcessView(msgspec.Struct, frozen=True):
    """`memory` in bytes."""

    state: str
    pid: int | None
    restarts: int
    exit_code: int | None
    memory: int | None
    isolation: tuple[str, ...]
    log_tail: tuple[str, ...]


class LaunchDetail(LaunchView, frozen=True, kw_only=True):
    """`operation` is the newest operation's id; `actions`: what may be asked for just now."""

    release: str
    process: ProcessView
    operation: str | None
    actions: tuple[str, ...]


def launch_view(launch: Launch) -> LaunchView:
    return LaunchView(**_fields(launch))  # type: ignore[arg-type]


def launch_detail(
    launch: Launch, release: str, status: WorkloadStatus, operation_id: str | None, actions: Iterable[str]
) -> LaunchDetail:
    process = ProcessView(
        state=status.state, pid=status.pid, restarts=status.restarts, exit_code=status.exit_code,
        memory=status.memory, isolation=tuple(status.isolation), log_tail=tuple(status.log_tail),
    )  # fmt: skip
    return LaunchDetail(
        **_fields(launch),  # type: ignore[arg-type]
        release=release,
        process=process,
        operation=operation_id,
        actions=tuple(sorted(actions)),
    )


def _fields(launch: Launch) -> dict[str, object]:
    return {
        "id": launch.id,
        "name": launch.name,
        "state": launch.state,
        "url": launch.url,
        "account_id": launch.account_id,
        "product": launch.product,
        "package": launch.package,
        "period": launch.period,
        "release_id": launch.release_id,
        "login": launch.login,
        "password_available": launch.sealed_password is not None,
        "created_at": launch.created_at,
        "launched_at": launch.launched_at,
        "ended_at": launch.ended_at,
    }

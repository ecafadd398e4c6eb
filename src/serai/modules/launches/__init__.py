"""Launches: running systems of customers, from the order to the last trace.

Owns: launches and the operations on them, and building releases. Calls: fleet, catalog,
notifications, operations, identity. Emits: `launches.requested`, `.launched`, `.failed`,
`.cancelled`, `.stopped`, `.started`, `.restarted`, `.terminated`, `.credentials_read`,
`.release_built`, `.release_build_failed`.
"""

from serai.modules.launches import policy
from serai.modules.launches import reactions as _subscriptions  # noqa: F401 - registers
from serai.modules.launches import workflows as _workflows  # noqa: F401 - registers
from serai.modules.launches.actions import allowed_actions
from serai.modules.launches.credentials import Credentials, credentials
from serai.modules.launches.errors import (
    CredentialsGone,
    InvalidName,
    LaunchNotFound,
    NameTaken,
    ReleaseBuildFailed,
    WrongState,
)
from serai.modules.launches.jobs import restore_routes
from serai.modules.launches.models import GONE_STATES, Launch
from serai.modules.launches.ordering import Launched, Order, check_name, create, place
from serai.modules.launches.plans import change_plan
from serai.modules.launches.releases import build as build_release
from serai.modules.launches.releases import request_build
from serai.modules.launches.schemas import LaunchDetail, LaunchView, launch_detail, launch_view
from serai.modules.launches.service import (
    by_host,
    count_by_state,
    find,
    of_account,
    page,
    process_status,
    release_version,
    reset_password,
    restart,
    start,
    stop,
    terminate,
)
from serai.modules.launches.sweep import sweep

__all__ = [
    "GONE_STATES",
    "Credentials",
    "CredentialsGone",
    "InvalidName",
    "Launch",
    "LaunchDetail",
    "LaunchNotFound",
    "LaunchView",
    "Launched",
    "NameTaken",
    "Order",
    "ReleaseBuildFailed",
    "WrongState",
    "allowed_actions",
    "build_release",
    "by_host",
    "change_plan",
    "check_name",
    "count_by_state",
    "create",
    "credentials",
    "find",
    "launch_detail",
    "launch_view",
    "of_account",
    "page",
    "place",
    "policy",
    "process_status",
    "release_version",
    "request_build",
    "reset_password",
    "restart",
    "restore_routes",
    "start",
    "stop",
    "sweep",
    "terminate",
]

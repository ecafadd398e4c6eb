"""The fleet: servers and the room launches hold on them.

Owns: servers, allocations (port, uid, memory). Calls: kit. Emits nothing yet.
"""

from serai.modules.fleet.models import Allocation, Server
from serai.modules.fleet.service import (
    NoCapacity,
    allocation,
    allocations,
    change_port,
    register,
    release,
    reserve,
    resize,
    servers,
)

__all__ = [
    "Allocation",
    "NoCapacity",
    "Server",
    "allocation",
    "allocations",
    "change_port",
    "register",
    "release",
    "reserve",
    "resize",
    "servers",
]

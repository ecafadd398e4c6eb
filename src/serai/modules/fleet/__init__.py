"""The fleet: servers, the room launches hold on them, and the way to them.

Owns: servers with their drivers, allocations (port, uid, memory), which releases stand where. `Fleet.connect(server)` gives a
server's own runtime, edge, databases and builder. Calls: kit. Emits nothing yet.
"""

from serai.modules.fleet.connections import Fleet
from serai.modules.fleet.drivers import DriverChoice, Drivers, ServerDrivers
from serai.modules.fleet.models import Allocation, Server, ServerRelease
from serai.modules.fleet.releases import release_state, release_states, set_release_state
from serai.modules.fleet.service import (
    NoCapacity,
    Placement,
    allocation,
    allocations,
    change_port,
    placement,
    register,
    release,
    reserve,
    resize,
    server,
    servers,
)

__all__ = [
    "Allocation",
    "DriverChoice",
    "Drivers",
    "Fleet",
    "NoCapacity",
    "Placement",
    "Server",
    "ServerDrivers",
    "ServerRelease",
    "allocation",
    "allocations",
    "change_port",
    "placement",
    "register",
    "release",
    "release_state",
    "release_states",
    "reserve",
    "resize",
    "server",
    "servers",
    "set_release_state",
]

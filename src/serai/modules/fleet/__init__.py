"""The fleet: servers, the room launches hold on them, and the way to them.

Owns: servers with their drivers, allocations (port, uid, memory). `Fleet.connect(server)` gives a
server's own runtime, edge, databases and builder. Calls: kit. Emits nothing yet.
"""

from serai.modules.fleet.connections import Fleet
from serai.modules.fleet.drivers import DriverChoice, Drivers, ServerDrivers
from serai.modules.fleet.models import Allocation, Server
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
    "allocation",
    "allocations",
    "change_port",
    "placement",
    "register",
    "release",
    "reserve",
    "resize",
    "servers",
]

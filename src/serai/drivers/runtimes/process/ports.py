"""Whether a port of this server is free: a program outside Serai may hold one of our range."""

import socket

from serai.contracts.runtime import PortInUse, Workload


def refuse_taken(workload: Workload) -> None:
    """Raises PortInUse."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", workload.port))
        except OSError as error:
            message = f"Port {workload.port} of this server is taken by another program."
            raise PortInUse(message) from error

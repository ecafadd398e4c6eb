"""The worker's side of the agent's socket."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
import msgspec

from serai.contracts.fencing import StaleFence
from serai.contracts.files import TextFile
from serai.contracts.runtime import (
    CommandFailed,
    PortInUse,
    Unhealthy,
    Workload,
    WorkloadStatus,
)
from serai.drivers.runtimes.process.wire import (
    About,
    Failure,
    LaunchIds,
    Output,
    encode,
)
from serai.kit.errors import Denied, Invalid, SeraiError, Unavailable

_CALL_SECONDS = 30
_MARGIN_SECONDS = 30
_ERRORS: dict[str, type[SeraiError]] = {
    error.code: error for error in (StaleFence, PortInUse, Unhealthy, CommandFailed, Denied, Invalid)
}


class ProcessRuntime:
    """Fulfils `Runtime`. Every method raises Unavailable when the agent does not answer."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def prepare(self, workload: Workload, files: Sequence[TextFile], fence: int) -> None:
        change = {"fence": fence, "workload": workload, "files": list(files)}
        await self._post(workload.launch_id, "prepare", change)

    async def start(self, workload: Workload, fence: int) -> None:
        await self._post(workload.launch_id, "start", {"fence": fence, "workload": workload})

    async def wait_healthy(self, launch_id: str, timeout: float) -> WorkloadStatus:
        path = f"/v1/launches/{launch_id}/healthy?timeout={timeout}"
        return _status(await self._call("GET", path, None, timeout + _MARGIN_SECONDS))

    async def stop(self, launch_id: str, fence: int, grace: float = 10) -> None:
        change = {"fence": fence, "grace": grace}
        await self._post(launch_id, "stop", change, grace + _MARGIN_SECONDS)

    async def remove(self, launch_id: str, fence: int) -> None:
        await self._post(launch_id, "remove", {"fence": fence}, _CALL_SECONDS + _MARGIN_SECONDS)

    async def status(self, launch_id: str) -> WorkloadStatus:
        return _status(await self._call("GET", f"/v1/launches/{launch_id}"))

    async def run(self, workload: Workload, command: Sequence[str], timeout: float) -> str:
        body = {"workload": workload, "command": list(command), "timeout": timeout}
        path = f"/v1/launches/{workload.launch_id}/run"
        answer = await self._call("POST", path, body, timeout + _MARGIN_SECONDS)
        return msgspec.json.decode(answer, type=Output).output

    async def launch_ids(self) -> Sequence[str]:
        answer = await self._call("GET", "/v1/launches")
        return msgspec.json.decode(answer, type=LaunchIds).launch_ids

    async def about(self) -> About:
        """The agent's pid and what isolation this machine allows."""
        return msgspec.json.decode(await self._call("GET", "/v1/agent"), type=About)

    async def _post(
        self,
        launch_id: str,
        action: str,
        change: Mapping[str, object],
        seconds: float = _CALL_SECONDS,
    ) -> None:
        await self._call("POST", f"/v1/launches/{launch_id}/{action}", change, seconds)

    async def _call(
        self, method: str, path: str, body: object = None, seconds: float = _CALL_SECONDS
    ) -> bytes:
        data = None if body is None else encode(body)
        timeout = aiohttp.ClientTimeout(total=seconds)
        connector = aiohttp.UnixConnector(str(self._socket))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.request(method, f"http://agent{path}", data=data) as response,
            ):
                answer = await response.read()
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            message = f"The process agent at {self._socket} does not answer ({error or 'timeout'})."
            raise Unavailable(message) from error
        if status >= 400:
            raise _error(answer)
        return answer


def _status(answer: bytes) -> WorkloadStatus:
    return msgspec.json.decode(answer, type=WorkloadStatus)


def _error(answer: bytes) -> SeraiError:
    try:
        failure = msgspec.json.decode(answer, type=Failure)
    except msgspec.DecodeError:
        return Unavailable("The process agent failed; its own log says why.")
    return _ERRORS.get(failure.code, Unavailable)(failure.message)

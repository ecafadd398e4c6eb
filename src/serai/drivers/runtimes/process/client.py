"""The worker's side of the agent's socket."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
import msgspec

from serai.drivers.runtimes.process.wire import (
    About,
    Failure,
    Known,
    Output,
    encode,
)
from serai.kit.errors import Invalid, SeraiError, Unavailable
from serai.modules.launches.ports import (
    CommandFailed,
    Process,
    ProcessStatus,
    StaleFence,
    Unhealthy,
)

_CALL_SECONDS = 30
_MARGIN_SECONDS = 30
_ERRORS: dict[str, type[SeraiError]] = {
    error.code: error for error in (StaleFence, Unhealthy, CommandFailed, Invalid)
}


class ProcessRuntime:
    """Fulfils `Runtime`. Every method raises Unavailable when the agent does not answer."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def prepare(self, process: Process, fence: int) -> None:
        await self._post(process.launch_id, "prepare", {"fence": fence, "process": process})

    async def start(self, process: Process, fence: int) -> None:
        await self._post(process.launch_id, "start", {"fence": fence, "process": process})

    async def wait_healthy(self, launch_id: str, timeout: float) -> ProcessStatus:
        path = f"/v1/launches/{launch_id}/healthy?timeout={timeout}"
        return _status(await self._call("GET", path, None, timeout + _MARGIN_SECONDS))

    async def stop(self, launch_id: str, fence: int, grace: float = 10) -> None:
        change = {"fence": fence, "grace": grace}
        await self._post(launch_id, "stop", change, grace + _MARGIN_SECONDS)

    async def remove(self, launch_id: str, fence: int) -> None:
        await self._post(launch_id, "remove", {"fence": fence}, _CALL_SECONDS + _MARGIN_SECONDS)

    async def status(self, launch_id: str) -> ProcessStatus:
        return _status(await self._call("GET", f"/v1/launches/{launch_id}"))

    async def run(self, process: Process, command: Sequence[str], timeout: float) -> str:
        body = {"process": process, "command": list(command), "timeout": timeout}
        path = f"/v1/launches/{process.launch_id}/run"
        answer = await self._call("POST", path, body, timeout + _MARGIN_SECONDS)
        return msgspec.json.decode(answer, type=Output).output

    async def launch_ids(self) -> Sequence[str]:
        answer = await self._call("GET", "/v1/launches")
        return msgspec.json.decode(answer, type=Known).launch_ids

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


def _status(answer: bytes) -> ProcessStatus:
    return msgspec.json.decode(answer, type=ProcessStatus)


def _error(answer: bytes) -> SeraiError:
    try:
        failure = msgspec.json.decode(answer, type=Failure)
    except msgspec.DecodeError:
        return Unavailable("The process agent failed; its own log says why.")
    return _ERRORS.get(failure.code, Unavailable)(failure.message)

"""Drivers in memory that keep the ports' promises, and fail where a test wants them to."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from serai.contracts.builder import BuildLog, ReleasePlan, TemplatePlan
from serai.contracts.fencing import StaleFence
from serai.contracts.files import TextFile
from serai.contracts.runtime import CommandFailed, PortInUse, Unhealthy, Workload, WorkloadStatus
from serai.drivers.runtimes.process.files import write_all
from serai.kit.errors import Conflict, NotFound, Unavailable


@dataclass
class Faults:
    """Named calls fail with the given error: `before` they do anything, or `after` it is done.

    `Unavailable` passes: it is raised once.
    """

    before: dict[str, Exception] = field(default_factory=dict)
    after: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def enter(self, call: str) -> None:
        self.calls.append(call)
        self._fail(self.before, call)

    def leave(self, call: str) -> None:
        self._fail(self.after, call)

    def clear(self) -> None:
        self.before.clear()
        self.after.clear()

    def _fail(self, faults: dict[str, Exception], call: str) -> None:
        error = faults.get(call)
        if isinstance(error, Unavailable):
            del faults[call]
        if error is not None:
            raise error


class FakeRuntime:
    """Every started process is healthy at once. Homes are real directories."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.processes: dict[str, Workload] = {}
        self.wanted: set[str] = set()
        self.taken_ports: set[int] = set()
        self.commands: list[tuple[str, Sequence[str], Mapping[str, str]]] = []
        self._fences: dict[str, int] = {}

    async def prepare(self, workload: Workload, files: Sequence[TextFile], fence: int) -> None:
        self.faults.enter("runtime.prepare")
        self._guard(workload.launch_id, fence)
        if workload.port in self.taken_ports:
            raise PortInUse(f"Port {workload.port} is taken.")
        workload.home.mkdir(parents=True, exist_ok=True)
        write_all(workload.home, files, None)
        self.processes[workload.launch_id] = workload
        self.faults.leave("runtime.prepare")

    async def start(self, workload: Workload, fence: int) -> None:
        self.faults.enter("runtime.start")
        self._guard(workload.launch_id, fence)
        self.processes[workload.launch_id] = workload
        self.wanted.add(workload.launch_id)
        self.faults.leave("runtime.start")

    async def wait_healthy(self, launch_id: str, timeout: float) -> WorkloadStatus:
        self.faults.enter("runtime.wait_healthy")
        status = await self.status(launch_id)
        if status.state != "running":
            raise Unhealthy(f"{launch_id} is {status.state}.")
        self.faults.leave("runtime.wait_healthy")
        return status

    async def stop(self, launch_id: str, fence: int, grace: float = 10) -> None:
        self.faults.enter("runtime.stop")
        self._guard(launch_id, fence)
        self.wanted.discard(launch_id)
        self.faults.leave("runtime.stop")

    async def remove(self, launch_id: str, fence: int) -> None:
        self.faults.enter("runtime.remove")
        self._guard(launch_id, fence)
        self.wanted.discard(launch_id)
        workload = self.processes.pop(launch_id, None)
        if workload is not None:
            shutil.rmtree(workload.home, ignore_errors=True)
        self.faults.leave("runtime.remove")

    async def status(self, launch_id: str) -> WorkloadStatus:
        if launch_id in self.wanted:
            return WorkloadStatus(state="running", pid=4711, isolation=("fake",))
        return WorkloadStatus(state="stopped" if launch_id in self.processes else "absent")

    async def run(self, workload: Workload, command: Sequence[str], timeout: float) -> str:
        self.faults.enter("runtime.run")
        if not workload.home.is_dir():
            raise CommandFailed(f"{workload.home} is not there.")
        self.commands.append((workload.launch_id, command, workload.environment))
        self.faults.leave("runtime.run")
        return "done\n"

    async def launch_ids(self) -> Sequence[str]:
        return sorted(self.processes)

    def _guard(self, launch_id: str, fence: int) -> None:
        if fence < self._fences.get(launch_id, 0):
            raise StaleFence(f"A later claim than {fence} has acted on {launch_id}.")
        self._fences[launch_id] = fence


class FakeEdge:
    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._routes: dict[str, tuple[str, int]] = {}

    async def put_route(self, launch_id: str, host: str, port: int) -> None:
        self.faults.enter("edge.put_route")
        self._routes[launch_id] = (host.lower(), port)
        self.faults.leave("edge.put_route")

    async def remove_route(self, launch_id: str) -> None:
        self.faults.enter("edge.remove_route")
        self._routes.pop(launch_id, None)
        self.faults.leave("edge.remove_route")

    async def replace_routes(self, routes: Iterable[tuple[str, str, int]]) -> None:
        self._routes = {launch_id: (host.lower(), port) for launch_id, host, port in routes}

    async def routes(self) -> Mapping[str, tuple[str, int]]:
        return dict(self._routes)


@dataclass(frozen=True)
class FakeDatabase:
    password: str
    sealed: bool = False
    connectable: bool = True
    scripts: tuple[tuple[str, Mapping[str, str]], ...] = ()


class FakeDatabases:
    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.made: dict[str, FakeDatabase] = {}
        self._fences: dict[str, int] = {}

    async def create_template(self, name: str, password: str, fence: int) -> str:
        self.faults.enter("databases.create_template")
        self._guard(name, fence)
        if name in self.made and self.made[name].sealed:
            raise Conflict(f"The template {name} is finished and in use; drop it first.")
        self.made[name] = FakeDatabase(password)
        self.faults.leave("databases.create_template")
        return self.url(name, password)

    async def seal_template(self, name: str, fence: int) -> None:
        self.faults.enter("databases.seal_template")
        self._guard(name, fence)
        self.made[name] = replace(self._existing(name), sealed=True, connectable=False)
        self.faults.leave("databases.seal_template")

    async def clone(self, template: str, name: str, password: str, fence: int) -> None:
        self.faults.enter("databases.clone")
        self._guard(name, fence)
        if not self._existing(template).sealed:
            raise NotFound(f"The template {template} is not sealed yet.")
        kept = self.made.get(name, FakeDatabase(password))
        self.made[name] = replace(kept, password=password)
        self.faults.leave("databases.clone")

    async def execute(self, name: str, script: str, parameters: Mapping[str, str], fence: int) -> None:
        self.faults.enter("databases.execute")
        self._guard(name, fence)
        database = self._existing(name)
        self.made[name] = replace(database, scripts=(*database.scripts, (script, parameters)))
        self.faults.leave("databases.execute")

    async def set_connectable(self, name: str, allowed: bool) -> None:
        self.made[name] = replace(self._existing(name), connectable=allowed)

    async def drop(self, name: str, fence: int) -> None:
        self.faults.enter("databases.drop")
        self._guard(name, fence)
        self.made.pop(name, None)
        self.faults.leave("databases.drop")

    async def names(self) -> Sequence[str]:
        return sorted(self.made)

    def url(self, name: str, password: str) -> str:
        return f"postgresql://{name}:{password}@127.0.0.1:5432/{name}"

    def _existing(self, name: str) -> FakeDatabase:
        if name not in self.made:
            raise NotFound(f"There is no database {name}.")
        return self.made[name]

    def _guard(self, name: str, fence: int) -> None:
        if fence < self._fences.get(name, 0):
            raise StaleFence(f"A later claim than {fence} has acted on {name}.")
        self._fences[name] = fence


class FakeBuilder:
    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.initialised: list[str] = []

    async def install(self, plan: ReleasePlan, target: Path, log: BuildLog) -> None:
        self.faults.enter("builder.install")
        target.mkdir(parents=True, exist_ok=True)
        await log.line(f"{plan.version} is installed")
        await log.progress(1)
        self.faults.leave("builder.install")

    async def initialise(self, plan: TemplatePlan, release: Path, database_url: str, log: BuildLog) -> None:
        self.faults.enter("builder.initialise")
        self.initialised.append(database_url)
        self.faults.leave("builder.initialise")

    async def remove(self, target: Path) -> None:
        self.faults.enter("builder.remove")
        shutil.rmtree(target, ignore_errors=True)
        self.faults.leave("builder.remove")

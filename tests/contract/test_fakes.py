"""The fakes keep the ports' promises, so that what works on them works on the drivers."""

from dataclasses import replace
from pathlib import Path

import pytest

from serai.contracts.databases import Databases
from serai.contracts.fencing import StaleFence
from serai.contracts.runtime import CommandFailed, Health, Limits, Unhealthy, Workload
from serai.drivers.databases.postgres.embedded import EmbeddedPostgres
from serai.drivers.databases.postgres.tenants import PostgresDatabases
from serai.kit import ids
from serai.kit.errors import Conflict, NotFound
from tests.fakes import FakeDatabases, FakeEdge, FakeRuntime


@pytest.fixture(params=["fake", "postgres"])
def either(request: pytest.FixtureRequest) -> Databases:
    if request.param == "fake":
        return FakeDatabases()
    server: EmbeddedPostgres = request.getfixturevalue("postgres")
    return PostgresDatabases(server.url(), "127.0.0.1", server.port)


async def test_databases_fake_and_real_behave_alike(either: Databases) -> None:
    template, name = ids.new("tpl"), ids.new("lch")
    with pytest.raises(NotFound):
        await either.clone(template, name, "word", 2)
    with pytest.raises(NotFound):
        await either.execute(name, "SELECT 1", {}, 2)
    for _ in range(2):
        assert template in await either.create_template(template, "word", 2)
    with pytest.raises(NotFound):
        await either.clone(template, name, "word", 2)
    for _ in range(2):
        await either.seal_template(template, 2)
    with pytest.raises(Conflict):
        await either.create_template(template, "word", 2)
    for _ in range(2):
        await either.clone(template, name, "word", 2)
    await either.execute(name, "SELECT %(what)s", {"what": "this"}, 2)
    assert {template, name} <= set(await either.names())
    with pytest.raises(StaleFence):
        await either.clone(template, name, "word", 1)
    with pytest.raises(StaleFence):
        await either.drop(name, 1)
    for each in (name, template):
        for _ in range(2):
            await either.drop(each, 3)
    assert not {template, name} & set(await either.names())


@pytest.fixture
def workload(tmp_path: Path) -> Workload:
    return Workload(
        launch_id=ids.new("lch"), command=["serve"], environment={}, home=tmp_path / "home", readable=(),
        port=1, uid=None, limits=Limits(1, 1, 1, 1, 1), health=Health("/", 200, "acme"),
    )  # fmt: skip


async def test_a_fake_runtime_prepares_runs_stops_and_removes(workload: Workload) -> None:
    runtime = FakeRuntime()
    assert (await runtime.status(workload.launch_id)).state == "absent"
    with pytest.raises(CommandFailed):
        await runtime.run(workload, ["hook"], 1)
    for _ in range(2):
        await runtime.prepare(workload, (), 1)
    with pytest.raises(Unhealthy):
        await runtime.wait_healthy(workload.launch_id, 0.1)
    for _ in range(2):
        await runtime.start(workload, 1)
    assert (await runtime.wait_healthy(workload.launch_id, 1)).state == "running"
    assert list(await runtime.launch_ids()) == [workload.launch_id]
    for _ in range(2):
        await runtime.stop(workload.launch_id, 2)
    assert (await runtime.status(workload.launch_id)).state == "stopped"
    for _ in range(2):
        await runtime.remove(workload.launch_id, 3)
    assert not workload.home.exists()
    assert list(await runtime.launch_ids()) == []


async def test_a_fake_runtime_refuses_earlier_claims_also_after_removal(workload: Workload) -> None:
    runtime = FakeRuntime()
    await runtime.prepare(workload, (), 5)
    for call in (runtime.stop(workload.launch_id, 4), runtime.start(workload, 4),
                 runtime.remove(workload.launch_id, 4), runtime.prepare(workload, (), 4)):  # fmt: skip
        with pytest.raises(StaleFence):
            await call
    await runtime.remove(workload.launch_id, 6)
    with pytest.raises(StaleFence):
        await runtime.prepare(workload, (), 5)
    await runtime.prepare(replace(workload, launch_id="lch_other"), (), 1)


async def test_a_fake_edge_puts_replaces_and_removes_routes() -> None:
    edge = FakeEdge()
    await edge.put_route("lch_a", "A.apps.localhost", 1)
    await edge.put_route("lch_a", "a.apps.localhost", 2)
    assert await edge.routes() == {"lch_a": ("a.apps.localhost", 2)}
    await edge.replace_routes([("lch_b", "b.apps.localhost", 3)])
    assert await edge.routes() == {"lch_b": ("b.apps.localhost", 3)}
    for _ in range(2):
        await edge.remove_route("lch_b")
    assert await edge.routes() == {}

"""SIGKILL before, in and after every step of launch, its undo, and terminate."""

import json
from pathlib import Path

import pytest

from serai.modules import launches
from serai.modules.operations import workflow_of
from tests.crash.evidence import Evidence, leftovers, living, wait_for_end
from tests.crash.platform import SUICIDAL, Ground, Workers

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.timeout(3600),  # against hanging; progress decides
]

DO = ("before", "start", "middle", "end", "after")
UNDO = ("before", "start", "end", "after")


def boundaries(kind: str) -> list[str]:
    return [f"do:{step.name}:{point}" for step in workflow_of(kind).steps for point in DO]


def undo_boundaries() -> list[str]:
    """Of a launch whose system never becomes healthy: what was done before that is undone."""
    names = [step.name for step in workflow_of("launch").steps]
    before = workflow_of("launch").steps[: names.index("wait_until_healthy")]
    return [f"undo:{step.name}:{point}" for step in before if step.undo for point in UNDO]


UNHEALTHY = [step.name for step in workflow_of("launch").steps].index("wait_until_healthy")


class Plan:
    """Which operation's worker dies where."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.file = directory / "plan.json"
        self._deaths: dict[str, str] = {}

    def die(self, operation_id: str, boundary: str) -> None:
        self._deaths[operation_id] = boundary
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self._deaths))
        fresh.replace(self.file)

    def not_reached(self) -> list[str]:
        return [b for op, b in self._deaths.items() if not (self.file.parent / op).exists()]


async def test_every_boundary_ends_complete_or_clean(base: Ground, crash_home: Path, record_property) -> None:
    plan, evidence = Plan(crash_home / "plan"), Evidence()
    operations_of: dict[str, str] = {}
    launched = [f"go-{n}" for n, _ in enumerate(boundaries("launch"))]
    ended = [f"end-{n}" for n, _ in enumerate(boundaries("terminate"))]
    broken = [f"broken-{n}" for n, _ in enumerate(undo_boundaries())]
    gone: set[str] = set()

    for name, boundary in zip(launched, boundaries("launch"), strict=True):
        _, operations_of[name] = await base.order("light", name)
        plan.die(operations_of[name], boundary)
    for name, boundary in zip(broken, undo_boundaries(), strict=True):
        launch_id, operations_of[name] = await base.order("failing", name)
        plan.die(operations_of[name], boundary)
        gone.add(launch_id)
    for name in ended:
        launch_id, operations_of[name] = await base.order("light", name)
        gone.add(launch_id)

    async with Workers(base, 3, SUICIDAL, {"CRASH_PLAN": str(plan.file)}):
        first = await wait_for_end(base, list(operations_of.values()))
        assert first is not None, "some launches never ended"
        for name in launched + ended:
            if first[operations_of[name]].state != "succeeded":
                print(first[operations_of[name]])
                evidence.lost.append(f"{name}: {first[operations_of[name]].error}")
        for name in broken:
            failed = first[operations_of[name]]
            if failed.state != "failed" or failed.undo_error or failed.steps[UNHEALTHY].state != "failed":
                print(failed)
                evidence.lost.append(f"{name}: {failed.state}, {failed.error}")
        await living(base, launched + ended, evidence)

        endings = []
        for name, boundary in zip(ended, boundaries("terminate"), strict=True):
            async with base.platform.database.transaction() as session:
                operation = await launches.terminate(session, base.actor, name)
                plan.die(operation.id, boundary)
            endings.append(operation.id)
        second = await wait_for_end(base, endings)
        assert second is not None, "some terminations never ended"
        evidence.lost += [f"{each.subject_name}: {each.error}" for each in second.values()
                          if each.state != "succeeded"]  # fmt: skip
    evidence.orphaned = await leftovers(base, gone)

    count = len(launched) + len(ended) + len(broken)
    record_property(
        "figures",
        f"crash: {count} boundaries, as many workers killed, {len(evidence.lost)} lost, "
        f"{len(evidence.doubled)} doubled, {len(evidence.orphaned)} orphaned",
    )
    assert plan.not_reached() == []
    assert (evidence.lost, evidence.doubled, evidence.orphaned) == ([], [], [])

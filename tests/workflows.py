"""What every workflow must stand: any step failing, everything done twice, an upgrade in the middle."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from serai.kit.errors import Invalid
from serai.modules.operations import OperationSnapshot, Step, Workflow, workflow, workflow_of
from tests.factories import World

Begin = Callable[[World], Awaitable[str]]  # makes the ground, queues the operation, gives its id


@contextmanager
def deployed(changed: Workflow) -> Iterator[None]:
    """`changed` in place of the workflow of that kind."""
    before = workflow._workflows[changed.kind]
    workflow._workflows[changed.kind] = changed
    try:
        yield
    finally:
        workflow._workflows[changed.kind] = before


def wrapped(kind: str, change: Callable[[Step], Step]) -> Workflow:
    known = workflow_of(kind)
    return replace(known, steps=tuple(map(change, known.steps)))


async def fails_after(world: World, kind: str, begin: Begin, name: str) -> tuple[Any, Any, OperationSnapshot]:
    """What was there before and after an operation whose step `name` does all it does, and fails."""

    def fail(step: Step) -> Step:
        async def do(ctx: Any) -> Any:
            await step.do(ctx)
            raise Invalid("no such luck")

        return replace(step, do=do) if step.name == name else step

    operation_id = await begin(world)
    before = await surroundings(world)
    with deployed(wrapped(kind, fail)):
        seen = await world.run(operation_id)
    return before, await surroundings(world), seen


def twice(step: Step) -> Step:
    """Each action and each undo runs once more after it has run."""

    async def do(ctx: Any) -> Any:
        await step.do(ctx)
        return await step.do(ctx)

    async def undo(ctx: Any) -> None:
        assert step.undo is not None
        await step.undo(ctx)
        await step.undo(ctx)

    return replace(step, do=do, undo=undo if step.undo else None)


def with_another_step(kind: str, position: int, ran: list[str]) -> Workflow:
    """The next version, with a new step at `position`; `ran` learns what runs."""

    def noted(step: Step) -> Step:
        async def do(ctx: Any) -> Any:
            ran.append(step.name)
            return await step.do(ctx)

        return replace(step, do=do)

    async def nothing(ctx: Any) -> None: ...

    changed = wrapped(kind, noted)
    steps = list(changed.steps)
    steps.insert(position, noted(Step("new", "New", nothing)))
    return replace(changed, steps=tuple(steps), version=changed.version + 1)


async def surroundings(world: World) -> Any:
    """All that operations change outside of the platform's own database."""
    homes = world.platform.settings.state / "launches"
    return (
        sorted(await world.databases.names()), set(world.runtime.wanted), set(await world.runtime.launch_ids()),
        dict(await world.edge.routes()), sorted(path.name for path in homes.iterdir()) if homes.is_dir() else [],
    )  # fmt: skip

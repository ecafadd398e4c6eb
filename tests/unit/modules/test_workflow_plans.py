"""A workflow's steps change with its version, and steps that leave it are kept for operations under way."""

from pathlib import Path

import pytest

from serai.modules import launches, operations

# kind, version, names of the steps; one line a version, none ever removed. See docs/adr/0018.
PLANS = Path(__file__).parents[2] / "workflow_plans.tsv"


def plans() -> list[tuple[str, int, list[str]]]:
    lines = [line.split("\t") for line in PLANS.read_text().splitlines()]
    return [(kind, int(version), names.split()) for kind, version, names in lines]


def registered() -> list[operations.Workflow]:
    assert launches
    return list(operations.workflows())


@pytest.mark.parametrize("workflow", registered(), ids=lambda each: each.kind)
def test_a_changed_plan_has_a_version_of_its_own(workflow: operations.Workflow) -> None:
    versions = {version: names for kind, version, names in plans() if kind == workflow.kind}
    assert versions.get(workflow.version) == [step.name for step in workflow.steps], (
        f"the steps of {workflow.kind} changed: raise its version, add a line to {PLANS.name} (ADR 18)"
    )
    assert max(versions) == workflow.version


@pytest.mark.parametrize("workflow", registered(), ids=lambda each: each.kind)
def test_every_step_of_the_version_before_is_still_known(workflow: operations.Workflow) -> None:
    for kind, version, names in plans():
        if kind == workflow.kind and version >= workflow.version - 1:
            assert set(names) <= set(workflow.by_name()), f"retire the steps of version {version}"

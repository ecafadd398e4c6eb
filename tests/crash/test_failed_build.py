"""A release that cannot be built: a clear log, nothing left, and a retry that works."""

import shutil
from pathlib import Path

import pytest

from serai.kit.actor import SYSTEM
from serai.modules import catalog, launches, operations
from tests.crash.evidence import answers, leftovers, wait_for_end
from tests.crash.platform import PLAIN, Ground, Workers

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_FAILS_WHILE_THERE = (
    "import pathlib, sys; print('compiling'); "
    "sys.exit('libfoo is missing: install it' if pathlib.Path({obstacle!r}).exists() else 0)"
)


def blueprint_with_an_obstacle(directory: Path, slug: str, section: str) -> Path:
    """The light product, whose build or template fails as long as the obstacle is there."""
    shutil.copytree(Path(__file__).parent / "light", directory)
    obstacle = directory.parent / f"{slug}-obstacle"
    obstacle.touch()
    program = _FAILS_WHILE_THERE.format(obstacle=str(obstacle))
    file = directory / "blueprint.yaml"
    text = file.read_text().replace("slug: light", f"slug: {slug}")
    if section == "build":
        text = text.replace("files:\n", f'build:\n    - ["${{python}}", "-c", "{program}"]\n  files:\n', 1)
    else:
        text = text.replace('["${python}", "-c", "pass"]', f'["${{python}}", "-c", "{program}"]')
    file.write_text(text)
    assert catalog.check(file) == []
    return obstacle


@pytest.mark.parametrize("section", ["build", "template"])
async def test_a_failed_build_says_why_leaves_nothing_and_can_be_retried(
    base: Ground, crash_home: Path, section: str
) -> None:
    directory = crash_home.parent / f"bad{section}"
    obstacle = blueprint_with_an_obstacle(directory, f"bad{section}", section)
    release = await base.load(directory)
    async with Workers(base, 1, PLAIN):
        launch_id, operation_id = await base.order(f"bad{section}", f"needs-{section}")
        ended = await wait_for_end(base, [operation_id])
        assert ended is not None
        failed = ended[operation_id]
        assert failed.state == "failed"
        assert "libfoo is missing: install it" in (failed.error or "")
        assert "compiling" in [line.message for line in failed.logs]
        assert await leftovers(base, {launch_id}) == []
        assert not (base.settings.state / "releases" / release.id).exists()
        assert release.id.replace("rel_", "tpl_") not in await base.drivers.databases.names()

        obstacle.unlink()
        async with base.platform.database.transaction() as session:
            await operations.retry(session, SYSTEM, operation_id)
        ended = await wait_for_end(base, [operation_id])
        assert ended is not None
        assert ended[operation_id].state == "succeeded", ended[operation_id].error
    assert await answers(base, f"needs-{section}")


async def test_launches_that_need_the_same_release_at_once_share_one_build(base: Ground, tmp_path: Path) -> None:
    directory = tmp_path / "shared"
    blueprint_with_an_obstacle(directory, "shared", "template").unlink()
    release = await base.load(directory)
    ordered = [await base.order("shared", f"share-{number}") for number in range(4)]
    async with Workers(base, 2, PLAIN):
        ended = await wait_for_end(base, [operation_id for _, operation_id in ordered])
    assert ended is not None
    assert [each.error for each in ended.values()] == [None] * 4
    async with base.platform.database.transaction() as session:
        builds = await operations.page(session, SYSTEM, kind="build_release", subject=f"{release.id}@{base.server_id}")
        assert len(builds) == 1
        assert (await catalog.get_release(session, release.id)).state == "ready"
        assert {(await launches.find(session, SYSTEM, launch)).state for launch, _ in ordered} == {"running"}

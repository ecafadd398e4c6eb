"""Years of billing against tables reckoned by hand (`scenarios/*.yaml`), to the cent."""

from pathlib import Path

import pytest

from serai.kit.db import Database
from serai.kit.secrets import Vault
from serai.kit.settings import ROOT
from serai.modules.billing import simulation

OURS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("file", [*OURS, *EXAMPLES], ids=lambda file: file.stem)
async def test_it_comes_to_what_was_reckoned_by_hand(
    file: Path, database: Database, tmp_path: Path, record_property
) -> None:
    scenario = simulation.read(file)
    report = await simulation.play(database, Vault(tmp_path / "master.key"), scenario)
    assert not report.differences, "\n".join(map(str, report.differences))
    assert not report.failed
    assert not report.broken
    assert report.compared
    months = (scenario.until - scenario.starts).days / 30.44
    record_property(
        "figures",
        f"{scenario.name}: {months:.0f} months, {report.compared} expectations, 0 differences, {report.seconds:.1f} s",
    )

"""Play a scenario from its start to its end."""

import time

from serai.kit.db import Database
from serai.kit.secrets import Vault
from serai.modules.billing.simulation import expecting, reporting
from serai.modules.billing.simulation.acting import Cast
from serai.modules.billing.simulation.gateway import SimulatedGateways
from serai.modules.billing.simulation.reporting import Report
from serai.modules.billing.simulation.running import Times, moved_clock
from serai.modules.billing.simulation.scenario import Action, Scenario


async def play(database: Database, vault: Vault, scenario: Scenario) -> Report:
    """In an empty platform's database, which is changed. Raises Invalid for an action that is refused."""
    began = time.monotonic()
    gateways = SimulatedGateways(database, vault)
    cast = Cast(gateways, scenario)
    actions: dict[object, list[Action]] = {}
    for action in scenario.actions:
        actions.setdefault(action.at, []).append(action)

    async def then(moment: object) -> None:
        for action in actions.get(moment, ()):
            await cast.act(action)

    with moved_clock(scenario.starts) as clock:
        await cast.assemble()
        times = Times(gateways, clock, scenario.time_zone)
        await times.go(
            scenario.until, [each.at for each in scenario.actions if each.at <= scenario.until], then=then
        )
        async with gateways.database.transaction() as session:
            months = await reporting.months(session, times.samples, scenario.starts, scenario.time_zone)
            broken = await reporting.broken_rules(session)
            differences, compared = await expecting.compare(session, scenario, cast)
    return Report(months, times.failed, broken, time.monotonic() - began, tuple(differences), compared)

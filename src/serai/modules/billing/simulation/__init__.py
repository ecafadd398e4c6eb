"""The time machine: the real code on a scratch database, months ahead, under a clock that is moved."""

from serai.modules.billing.simulation.acting import PriceChange
from serai.modules.billing.simulation.expecting import Difference
from serai.modules.billing.simulation.foreseeing import foresee
from serai.modules.billing.simulation.gateway import KEY as GATEWAY_KEY
from serai.modules.billing.simulation.gateway import Payers, SimulatedGateways
from serai.modules.billing.simulation.playing import play
from serai.modules.billing.simulation.reading import InvalidScenario, read
from serai.modules.billing.simulation.reporting import Month, Report
from serai.modules.billing.simulation.scenario import Scenario

__all__ = [
    "GATEWAY_KEY", "Difference", "InvalidScenario", "Month", "Payers", "PriceChange", "Report", "Scenario",
    "SimulatedGateways", "foresee", "play", "read",
]  # fmt: skip

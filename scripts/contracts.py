"""Contracts of the import linter that no built-in one can say."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

from serai.modules import ORDER


class ModulesInOrder(Contract):
    """No module imports one that stands behind it in `serai.modules.ORDER`."""

    type_name = "modules_in_order"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        layers: Any = [{f"serai.modules.{name}"} for name in reversed(ORDER)]
        found = graph.find_illegal_dependencies_for_layers(layers=layers)
        said = sorted(f"{each.importer} imports {each.imported}" for each in found)
        return ContractCheck(kept=not found, metadata={"said": said})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["said"]:
            output.print_error(line)

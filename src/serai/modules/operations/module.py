"""What the operations module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="operations",
    routers=("serai.modules.operations.api:router",),
    commands=(
        Commands("operation", "Work that takes time: launches, builds, terminations.", "serai.cli.operations:app"),
    ),
)

"""What the launches module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="launches",
    routers=("serai.modules.launches.api:router",),
    commands=(Commands("launch", "Customers' running systems.", "serai.cli.launches:app"),),
)

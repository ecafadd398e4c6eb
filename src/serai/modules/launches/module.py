"""What the launches module brings along."""

from serai.kit.module import Commands, Module, Schedule

MODULE = Module(
    name="launches",
    routers=("serai.modules.launches.api:router",),
    commands=(Commands("launch", "Customers' running systems.", "serai.cli.launches:app"),),
    schedules=(
        Schedule("launches.restore_routes", 300),
        Schedule("launches.remove_orphans", 300),
        Schedule("launches.queue_accounts", 300),
        Schedule("launches.queue_subscriptions", 300),
    ),
)

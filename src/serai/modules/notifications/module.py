"""What the notifications module brings along."""

from serai.kit.module import Commands, Module, Schedule

MODULE = Module(
    name="notifications",
    routers=("serai.modules.notifications.api:router",),
    commands=(Commands("mail", "The mail queue.", "serai.cli.mail:app"),),
    schedules=(
        Schedule("notifications.queue_digests", 600),
        Schedule("notifications.forget_old", 300),
    ),
)

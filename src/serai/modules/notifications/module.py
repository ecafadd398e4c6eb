"""What the notifications module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="notifications",
    routers=("serai.modules.notifications.api:router",),
    commands=(Commands("mail", "The mail queue.", "serai.cli.mail:app"),),
)

"""What the audit module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="audit",
    routers=("serai.modules.audit.api:router",),
    commands=(Commands("audit", "Who did what: the audit log.", "serai.cli.audit:app"),),
)

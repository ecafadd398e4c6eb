"""What the identity module brings along."""

from serai.kit.module import Commands, Module, Schedule

MODULE = Module(
    name="identity",
    routers=("serai.modules.identity.api:router", "serai.modules.identity.token_api:router"),
    commands=(
        Commands("token", "Tokens for the API.", "serai.cli.tokens:app"),
        Commands("keys", "The keys that sign tokens.", "serai.cli.keys:app"),
        Commands("staff", "The people who run the platform.", "serai.cli.staff:app"),
    ),
    schedules=(
        Schedule("identity.forget_sessions", 300),
        Schedule("identity.forget_grants", 300),
        Schedule("identity.renew_signing_keys", 300),
    ),
)

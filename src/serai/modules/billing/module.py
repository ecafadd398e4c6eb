"""What the billing module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="billing",
    routers=("serai.modules.billing.api:router",),
    commands=(
        Commands("billing", "Renewals and the time machine.", "serai.cli.billing:app"),
        Commands("ledger", "The books.", "serai.cli.billing:ledger"),
        Commands("invoice", "Invoices and credit notes.", "serai.cli.billing:invoices"),
        Commands("subscription", "Subscriptions.", "serai.cli.billing:subscriptions"),
        Commands("wallet", "Customers' wallets.", "serai.cli.billing:wallets"),
        Commands("gateway", "Payment gateways.", "serai.cli.billing:gateways"),
    ),
)

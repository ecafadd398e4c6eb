"""What the billing module brings along."""

from serai.kit.module import Commands, Module, Schedule

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
    schedules=(
        Schedule("billing.queue_renewals", 2),
        Schedule("billing.queue_invoices", 2),
        Schedule("billing.queue_payments", 2),
        Schedule("billing.queue_refunds", 5),
        Schedule("billing.queue_invoice_mails", 2),
        Schedule("billing.queue_notices", 60),
        Schedule("billing.recognise_revenue", 300),
        Schedule("billing.mail_trials", 300),
        Schedule("billing.mail_cards", 300),
        Schedule("billing.release_holds", 300),
        Schedule("billing.fill_wallets", 300),
        Schedule("billing.watch_usage", 300),
        Schedule("billing.queue_payouts", 300),
    ),
)

"""The console's pages about money: subscriptions, invoices, the wallet and ways to pay."""

"""Payment gateways, one folder a vendor, and the few small things they share."""

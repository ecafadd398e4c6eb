"""What would become of running subscriptions: read-only, for whoever decides about prices."""

from serai.modules.billing.subscriptions.repricing import PriceMove, price_change, total

__all__ = ["PriceMove", "price_change", "total"]

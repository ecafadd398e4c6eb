"""How a change of plan is asked for and answered: the launches module has the route, for room comes first."""

from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from serai.modules.billing.invoices.models import Invoice
from serai.modules.billing.schemas import InvoiceView, SubscriptionView, invoice_view, subscription_view
from serai.modules.billing.subscriptions.planning import Choice
from serai.modules.billing.subscriptions.state import State

When = Literal["now", "period_end"]


class PlanChange(BaseModel):
    """`version`: the one that was read, so that nothing changes unseen."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(max_length=64, examples=["erp"])
    package: str = Field(max_length=64, examples=["business"])
    period: str = Field(max_length=64, examples=["monthly"])
    quantity: int = Field(default=1, ge=1, le=100_000)
    addons: dict[Annotated[str, Field(max_length=64)], Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict, max_length=50
    )
    when: When = "now"
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)

    def choice(self) -> Choice:
        return Choice(self.product, self.package, self.period, None, self.quantity, self.addons)


class PlanChanged(msgspec.Struct, frozen=True):
    """`invoice`: what the change cost, if it did."""

    subscription: SubscriptionView
    invoice: InvoiceView | None


def plan_changed(state: State, invoice: Invoice | None) -> PlanChanged:
    return PlanChanged(subscription_view(state), invoice_view(invoice) if invoice else None)

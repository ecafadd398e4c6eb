"""Billing's routes of the API."""

from fastapi import APIRouter

from serai.modules.billing.api import invoices, subscriptions, usage, wallet

router = APIRouter()
for part in (subscriptions, invoices, wallet, usage):
    router.include_router(part.router)

__all__ = ["router"]

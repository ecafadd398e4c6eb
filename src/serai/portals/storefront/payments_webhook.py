"""/webhooks/payments/<gateway>: what a payment gateway tells. Its driver proves the sender over the raw body."""

from fastapi import APIRouter, Request, Response

from serai.contracts.payments import WebhookRefused
from serai.kit.web.problems import problem_response
from serai.modules import billing

router = APIRouter(include_in_schema=False)


@router.post("/webhooks/payments/{gateway}")
async def take(request: Request, gateway: str) -> Response:
    """200 when the notice is kept, new or not; the gateway sends again whatever is answered otherwise."""
    body = await request.body()
    gateways = request.app.state.platform.gateways
    try:
        await billing.payments.webhook_events.receive(gateways, gateway, dict(request.headers), body)
    except WebhookRefused as refused:
        return problem_response(400, "billing.notice_refused", str(refused))
    return Response(status_code=200)

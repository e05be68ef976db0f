"""The metrics, for Prometheus and whoever reads its format."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from api.http.database_errors import in_time
from api.http.scopes import READS
from api.operations.metrics import Metrics

router = APIRouter(tags=["health"], dependencies=[READS])


_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_LONGEST_ACCEPT: Final = 2000  # characters in which a format is looked for; without one, the answer is plain text
_FORMATS: Final = {"text/plain": _TEXT, "application/openmetrics-text": _TEXT}


@router.get("/metrics", response_class=PlainTextResponse, responses={200: {"content": _FORMATS}})
async def get_metrics(request: Request) -> Response:
    """Return what was counted since this process began, and how the log and the projections stand now."""
    metrics: Metrics = request.app.state.metrics
    encode, media_type = choose_encoder(request.headers.get("accept", "")[:_LONGEST_ACCEPT])
    text = await in_time(request.app.state.monitoring, media_type, lambda: encode(metrics.registry))
    return Response(text, headers={"Content-Type": media_type})

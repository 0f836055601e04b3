"""Whether the process lives, whether it can serve, and what it counted."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """The default shop's knowledge is open and the store answers."""
    app = request.app.state.app
    if app.queue is not None and app.queue.draining:
        return JSONResponse({"status": "stopping"}, status_code=503)
    generation = (await app.think(app.knowledge)).generation
    await app.store.recent(limit=1)
    return JSONResponse({"status": "ready", "knowledge": generation})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Figures in Prometheus's text form."""
    return Response(request.app.state.metrics.page(), media_type="text/plain; version=0.0.4")

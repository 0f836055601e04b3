"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """The default shop's knowledge is open and the store answers."""
    app = request.app.state.app
    generation = app.knowledge().generation
    await app.store.recent(limit=1)
    return JSONResponse({"status": "ready", "knowledge": generation})

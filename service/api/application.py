"""The FastAPI application: routes, guards, and every error as one JSON line."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from prompts.errors import PromptError, UnknownTemplate
from retrieval.errors import RetrievalError, UnknownShop
from service.api import checks, drafts, health, knowledge, outcomes, rewrites
from service.api.guard import BodyLimit, SecureHeaders, Shed, retry_after, status_of
from service.api.once import KeyReused
from service.assembly import Warmline
from service.edge import FairQueue
from service.errors import (
    BadTicket,
    ModelAnswerUnusable,
    ModelUnavailable,
    RewriteRefused,
    ServiceError,
    UnknownOrder,
)
from service.observing.metrics import Metrics
from service.observing.traces import Traces

log = logging.getLogger(__name__)

STATUS = {
    BadTicket: 422,
    RewriteRefused: 422,
    UnknownOrder: 404,
    UnknownShop: 404,
    UnknownTemplate: 404,
    KeyReused: 409,
    ModelAnswerUnusable: 502,
}
"""HTTP status by error; an error of our rooms that is not named here is 500."""


def make_api(app: Warmline) -> FastAPI:
    """The API over an assembled program, which from now on is a server: it counts, and sends away what is
    too much. Its shutdown closes the program.
    """
    settings = app.settings
    queue = app.queue = FairQueue(at_once=settings.drafts_at_once, waiting=settings.drafts_waiting)
    metrics = Metrics(models=app.models, queue=lambda: app.queue)
    app.observers.append(metrics)
    traces = Traces(settings.otlp_endpoint, version=version("warmline")) if settings.otlp_endpoint else None
    if traces:
        app.observers.append(traces)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        if app.models:
            await app.models.warm()
        yield
        await app.close()
        if traces:
            await asyncio.to_thread(traces.close)

    api = FastAPI(
        title="Warmline",
        summary="Customer-service drafts that are warm and stay in line with policy.",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # the usual page loads its script from another host
        redoc_url=None,
    )
    api.state.app = app
    api.state.metrics = metrics
    api.include_router(health.router)
    api.include_router(drafts.router, prefix="/v1")
    api.include_router(checks.router, prefix="/v1")
    api.include_router(knowledge.router, prefix="/v1")
    api.include_router(outcomes.router, prefix="/v1")
    api.include_router(rewrites.router, prefix="/v1")
    for kind in (ServiceError, RetrievalError, PromptError, KeyReused):
        api.add_exception_handler(kind, _said)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _refused)
    api.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    api.add_middleware(Shed, queue=queue)
    api.add_middleware(SecureHeaders)
    return api


async def _said(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ModelUnavailable):
        return problem(status_of(error), type(error).__name__, str(error), retry_after(error))
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        log.error("%s: %s", type(error).__name__, error)
    return problem(status, type(error).__name__, str(error))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return problem(422, "BadTicket", f"{field}: {first['msg']}")


async def _refused(_: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such path, no readable body."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, "Refused", str(error.detail))


def problem(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as the API says it: `{error: {type, message}}`."""
    return JSONResponse({"error": {"type": kind, "message": message}}, status_code=status, headers=headers)

"""`GET /v1/search`: what the knowledge says, and why it was found."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from retrieval.query import Query as Search
from service.wire import hit_json

router = APIRouter(tags=["knowledge"])


@router.get("/search")
async def search(
    request: Request,
    q: Annotated[
        str, Query(min_length=1, max_length=2_000, description="A question, in the customer's words.")
    ],
    shop: str | None = None,
    at: Annotated[date | None, Query(description="Decisive day; default today.")] = None,
    k: Annotated[int, Query(ge=1, le=50)] = 8,
) -> dict[str, Any]:
    """Snippets in force on the decisive day, best first."""
    app = request.app.state.app
    asked = [Search(text=q, at=at or datetime.now(UTC).date())]

    def found() -> dict[str, Any]:
        knowledge = app.knowledge(shop)
        hits = knowledge.search(asked, k=k)
        return {"generation": knowledge.generation, "hits": [hit_json(hit) for hit in hits]}

    answer: dict[str, Any] = await app.think(found)
    return answer

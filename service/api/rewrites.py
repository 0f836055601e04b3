"""`POST /v1/rewrites`: a reply said another way, its commitments held still."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from service.ticket import MAX_TEXT_CHARS

router = APIRouter(tags=["drafts"])


class RewriteBody(BaseModel):
    """What is to be said how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    how: str = Field(
        max_length=40, description="warmer, shorter, formal, clearer, translate:en, translate:zh"
    )
    shop: str | None = None


@router.post("/rewrites")
async def rewrite(request: Request, body: RewriteBody) -> dict[str, Any]:
    """`{text, how, lost[], model, template}`; `lost`: what binds in the original and is no longer said."""
    made = await request.app.state.app.rewrite(body.text, body.how, shop=body.shop)
    return {
        "text": made.text,
        "how": str(made.how),
        "lost": [each.value for each in made.lost],
        "model": made.model,
        "template": made.template,
    }

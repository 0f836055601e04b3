"""`POST /v1/checks`: the findings and the ledger of any text, also a human's."""

from typing import Any

from fastapi import APIRouter, Request

from service.checkrequest import CheckBody, check_request
from service.wire import commitment_json, finding_json

router = APIRouter(tags=["checks"])


@router.post("/checks")
async def check(request: Request, body: CheckBody) -> dict[str, Any]:
    """`{id, findings[], commitments[]}` for a text and its ticket; given `snippets` are its only sources."""
    asked = check_request(body, where="body")
    app = request.app.state.app
    examination = await app.think(lambda: app.examine(asked.text, asked.ticket, asked.snippets))
    return {
        "id": asked.id,
        "findings": [finding_json(each) for each in examination.findings],
        "commitments": [commitment_json(each) for each in examination.commitments],
    }

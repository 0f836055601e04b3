"""One key, one draft: at once, again, after a restart, and against another process."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from service.api.once import KeyReused, Told, told_once
from service.assembly import Warmline
from service.demo import demo_tickets
from service.event import Event
from tests.model_server import ModelServer
from tests.service.api.serving import EVENTS, events_of, serving, ticket

Made = Callable[..., Warmline]


def test_asked_at_once_in_any_form_one_key_is_one_draft(with_model: Made, model_server: ModelServer) -> None:
    async def thrice(url: str) -> set[str]:
        async with served.async_client() as client:
            answers = await asyncio.gather(
                *(
                    client.post("/v1/drafts", json=ticket(key), headers={"Idempotency-Key": f"k{key}", **how})
                    for key in range(4)
                    for how in (EVENTS, {}, EVENTS)
                )
            )
        assert {each.status_code for each in answers} == {200}
        return {
            each.json()["id"] if each.headers["content-type"] == "application/json"
            else events_of(each.text)[-1][1]["id"]
            for each in answers
        }  # fmt: skip

    with serving(with_model()) as served:
        ids = asyncio.run(thrice(served.url))
    assert len(ids) == 4
    assert model_server.counts["calls"] == 4


def test_after_a_restart_the_key_still_has_its_draft(with_model: Made, model_server: ModelServer) -> None:
    made = []
    for _ in range(2):
        with serving(with_model()) as served, served.client() as client:
            answer = client.post("/v1/drafts", json=ticket(1), headers={"Idempotency-Key": "k"})
            made.append(answer.json())
            other = client.post("/v1/drafts", json=ticket(2), headers={"Idempotency-Key": "k"})
            assert other.status_code == 409
    assert made[0] == made[1]
    assert model_server.counts["calls"] == 1


async def told(app: Warmline, make: Callable[[], AsyncGenerator[Event, None]], body: str) -> list[Told]:
    return [each async for each in told_once(make, store=app.store, key="k", body_hash=body)]


async def test_a_process_that_was_slower_tells_the_draft_of_the_one_that_was_faster(
    with_model: Made,
) -> None:
    app = with_model(model="none")
    one = demo_tickets()[1]
    asked = app.request(idempotency_key="k", body_hash="h")

    async def overtaken() -> AsyncGenerator[Event, None]:
        await app.draft(one, asked)
        async for event in app.drafts(one, asked):
            yield event

    events = await told(app, overtaken, "h")
    (kept,) = await app.store.recent()
    assert events[-1] == ("done", kept.draft)
    with pytest.raises(KeyReused):
        await told(app, overtaken, "other")
    await app.close()

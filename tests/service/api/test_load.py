"""More than there is room for, readers who leave, a server told to stop: who was let in gets an answer."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.assembly import Warmline
from tests.model_server import ModelServer
from tests.service.api.serving import EVENTS, Served, events_of, serving, ticket

Made = Callable[..., Warmline]
SLOW = "fixed?between_s=0.05&piece_chars=1"
"""Six seconds of words."""


async def posted(served: Served, count: int, **headers: str) -> list[httpx.Response]:
    async with served.async_client() as client:
        return await asyncio.gather(
            *(client.post("/v1/drafts", json=ticket(each), headers=headers) for each in range(count))
        )


def eventually(claim: Callable[[], bool], *, within_s: float = 20.0) -> None:
    pause = threading.Event()
    for _ in range(int(within_s / 0.02)):
        if claim():
            return
        pause.wait(0.02)
    raise AssertionError("it never came true")


def test_who_finds_no_room_hears_when_to_come_back_and_the_others_get_their_draft(with_model: Made) -> None:
    app = with_model("fixed?first_token_s=0.3", drafts_at_once=2, drafts_waiting=2)
    with serving(app) as served, served.client() as client:
        answers = asyncio.run(posted(served, 20))
        page = client.get("/metrics").text
    shed = [each for each in answers if each.status_code == 429]
    made = [each for each in answers if each.status_code == 200]
    assert len(shed) + len(made) == 20 and len(made) >= 4 and len(shed) >= 10
    assert all(int(each.headers["retry-after"]) >= 1 for each in shed)
    assert {each.json()["error"]["type"] for each in shed} <= {"Overloaded", "ModelUnavailable"}
    assert all(each.json()["text"] for each in made)
    assert f"warmline_shed_total {len(shed)}.0" in page


def test_one_agent_who_asks_for_much_leaves_room_for_another(with_model: Made) -> None:
    app = with_model("fixed?first_token_s=0.5", drafts_at_once=1, drafts_waiting=3)

    async def both(served: Served) -> tuple[list[httpx.Response], list[httpx.Response]]:
        greedy = asyncio.create_task(posted(served, 12, **{"x-agent": "greedy"}))
        while app.queue is None or app.queue.waiting < 3:
            await asyncio.sleep(0.01)
        modest = await posted(served, 1, **{"x-agent": "modest"})
        return await greedy, modest

    with serving(app) as served:
        greedy, modest = asyncio.run(both(served))
    assert [each.status_code for each in modest] == [200]
    assert 429 in {each.status_code for each in greedy}


def leave_a_stream(client: httpx.Client) -> None:
    with client.stream("POST", "/v1/drafts", json=ticket(1), headers=EVENTS) as answer:
        for piece in answer.iter_text():
            if "event: token" in piece:
                return


def leave_a_document(client: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/drafts", json=ticket(1), timeout=2.0)


@pytest.mark.parametrize("leave", [leave_a_stream, leave_a_document])
def test_a_reader_who_leaves_closes_the_models_connection_and_nothing_is_kept(
    with_model: Made, model_server: ModelServer, leave: Callable[[httpx.Client], None]
) -> None:
    app = with_model(SLOW)
    with serving(app) as served:
        with served.client() as client:
            leave(client)
        eventually(lambda: model_server.counts["gone"] == 1)
        eventually(lambda: app.queue is not None and app.queue.running == 0)
        assert asyncio.run(app.store.recent()) == []


def stopped_in_mid_stream(app: Warmline) -> tuple[list[tuple[str, Any]], httpx.Response]:
    """The events of a stream during which the server is told to stop, and what a newcomer hears."""
    with serving(app) as served:
        with served.client() as client, served.client() as newcomer:
            newcomer.get("/healthz")
            with client.stream("POST", "/v1/drafts", json=ticket(1), headers=EVENTS) as answer:
                text = ""
                for piece in answer.iter_text():
                    if "event: token" in piece and not served.server.should_exit:
                        served.stop()
                        eventually(lambda: app.queue is not None and app.queue.draining)
                        refused = newcomer.get("/readyz")
                    text += piece
        served.thread.join()
    return events_of(text), refused


def test_a_stream_under_way_ends_whole_when_the_server_is_told_to_stop(with_model: Made) -> None:
    events, refused = stopped_in_mid_stream(with_model("fixed?between_s=0.02", drain_s=30))
    draft = events[-1][1]
    assert (events[-1][0], draft["writer"], draft["status"]) == ("done", "model", "ready")
    assert refused.status_code == 503


def test_a_stream_too_slow_to_end_is_kept_as_partial_beside_the_whole_instant_draft(
    with_model: Made,
) -> None:
    app = with_model(SLOW, drain_s=0.2)
    events, _ = stopped_in_mid_stream(app)
    instant = next(payload for name, payload in events if name == "instant")
    name, draft = events[-1]
    assert (name, draft["writer"], draft["status"]) == ("done", "composer", "partial")
    assert draft["text"] == instant["text"]
    shown = "".join(payload["text"] for name, payload in events if name == "token")
    assert draft["partial"] == shown and draft["provenance"]["fallback_kind"] == "stopping"
    again = Warmline(settings=app.settings)
    stored = asyncio.run(again.store.draft(draft["id"]))
    assert stored and stored.draft["status"] == "partial"

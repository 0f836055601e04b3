"""The API over a real server: drafts as JSON and as events, checks, outcomes, search, and its guards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.assembly import Warmline
from service.settings import Settings
from tests.service.api.serving import EVENTS, PARCEL, events_of, serving


@pytest.fixture(scope="module")
def api(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'w.db'}"
    settings = Settings(home=home, database_url=store, model="none", max_body_bytes=200_000)
    with serving(Warmline(settings=settings)) as served, served.client() as client:
        yield client


def test_a_ticket_becomes_a_draft(api: httpx.Client) -> None:
    answer = api.post("/v1/drafts", json=PARCEL)
    assert answer.status_code == 200
    draft = answer.json()
    assert draft["writer"] == "composer" and draft["text"] and draft["citations"]
    kept = api.get(f"/v1/drafts/{draft['id']}").json()
    assert kept["text"] == draft["text"] and kept["evidence"]["hits"]


def test_the_same_draft_comes_as_events_when_asked_for(api: httpx.Client) -> None:
    answer = api.post("/v1/drafts", json=PARCEL, headers=EVENTS)
    names = [name for name, _ in events_of(answer.text)]
    assert names == ["analysis", "evidence", "instant", "findings", "done"]


def test_one_key_is_one_draft_and_another_body_is_refused(api: httpx.Client) -> None:
    key = {"Idempotency-Key": "chat-1"}
    first = api.post("/v1/drafts", json=PARCEL, headers=key).json()
    assert api.post("/v1/drafts", json=PARCEL, headers=key).json() == first
    again = api.post("/v1/drafts", json=PARCEL, headers=key | EVENTS)
    assert events_of(again.text) == [("done", first)]
    other = api.post("/v1/drafts", json={**PARCEL, "instruction": "短一点"}, headers=key)
    assert other.status_code == 409


def test_a_text_is_checked_against_given_snippets(api: httpx.Client) -> None:
    body = {
        "id": "c1",
        "ticket": PARCEL,
        "snippets": [{"id": "r#d", "text": "签收后15天内可以退货。"}],
        "text": "保证明天一定送到。",
    }
    answer = api.post("/v1/checks", json=body).json()
    assert answer["id"] == "c1"
    assert "over_promise" in {each["type"] for each in answer["findings"]}


def test_the_outcome_is_kept_and_the_final_text_checked_again(api: httpx.Client) -> None:
    draft = api.post("/v1/drafts", json=PARCEL).json()
    path = f"/v1/drafts/{draft['id']}/outcome"
    body = {"kind": "edited", "final_text": draft["text"] + "保证明天一定送到。"}
    answer = api.post(path, json=body, headers={"Idempotency-Key": "o1"})
    assert "over_promise" in {each["type"] for each in answer.json()["findings"]}
    assert api.post(path, json=body, headers={"Idempotency-Key": "o1"}).json()["repeated"] is True
    assert len(api.get(f"/v1/drafts/{draft['id']}").json()["outcomes"]) == 1
    assert api.post(path, json={"kind": "sent"}).status_code == 422
    assert api.post("/v1/drafts/none/outcome", json=body).status_code == 404


def test_search_says_why(api: httpx.Client) -> None:
    found = api.get("/v1/search", params={"q": "羽绒服能退吗", "at": "2026-11-12"}).json()
    assert found["hits"] and all(hit["why"] for hit in found["hits"])


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"now": "soon"}, 422, "now"),
        ({"colour": "red"}, 422, "colour"),
        ({"conversation": []}, 422, "nothing to answer"),
        ({"answer_to": 99}, 422, "answer_to"),
        ({"shop": "nowhere"}, 404, "nowhere"),
    ],
)
def test_a_bad_ticket_is_a_status_and_one_line(
    api: httpx.Client, change: dict[str, Any], status: int, said: str
) -> None:
    answer = api.post("/v1/drafts", json={**PARCEL, **change}, headers=EVENTS)
    assert answer.status_code == status
    message = answer.json()["error"]["message"]
    assert said in message and "\n" not in message


def test_an_unknown_template_is_said_before_anything_is_written(api: httpx.Client) -> None:
    answer = api.post("/v1/drafts", params={"template": "poem"}, json=PARCEL)
    assert answer.status_code == 404 and "poem" in answer.json()["error"]["message"]


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(api: httpx.Client) -> None:
    assert api.post("/v1/drafts", content=b" " * 300_000).status_code == 413
    pieces = (b" " * 50_000 for _ in range(6))
    assert api.post("/v1/drafts", content=pieces).status_code == 413
    assert api.get("/healthz").json() == {"status": "alive"}


@pytest.mark.parametrize("depth", [65, 5_000, 90_000])
def test_json_nested_beyond_reason_is_a_mistake_of_the_client(api: httpx.Client, depth: int) -> None:
    nested = b'{"a":' * depth + b"1" + b"}" * depth
    answer = api.post("/v1/drafts", content=nested[:199_000], headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert "\n" not in answer.json()["error"]["message"]


def test_every_answer_keeps_the_browser_in_its_place(api: httpx.Client) -> None:
    for path in ("/healthz", "/v1/search?q=x", "/v1/drafts/none"):
        headers = api.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]


def test_the_api_is_ready_and_describes_itself(api: httpx.Client) -> None:
    assert api.get("/readyz").json()["knowledge"].startswith("demo/")
    paths = api.get("/openapi.json").json()["paths"]
    assert {"/v1/drafts", "/v1/checks", "/v1/search"} <= set(paths)

"""Every embedder keeps one contract; an endpoint's faults have names."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import numpy as np
import pytest

from retrieval.adapters.endpoint import EndpointEmbedder, EndpointReranker
from retrieval.embedding import Embedder, HashedEmbedder
from retrieval.errors import EmbedderChanged, EmbedderFailed
from retrieval.knowledge import Knowledge
from retrieval.query import Query
from retrieval.sync import sync
from tests.model_server import ModelServer
from tests.retrieval.shops import Corner, write_shop

Answer = Callable[[httpx.Request], httpx.Response]


def letters(request: httpx.Request) -> httpx.Response:
    """A model of 16 dimensions that counts characters."""
    texts = json.loads(request.content)["input"]
    rows = [[float(sum(ord(c) % 16 == n for c in text)) + 0.01 for n in range(16)] for text in texts]
    data = [{"index": n, "embedding": row} for n, row in enumerate(rows)]
    return httpx.Response(200, json={"data": data[::-1]})


def endpoint(answer: Answer, *, cache: Path | None = None) -> EndpointEmbedder:
    """An embedder whose server is a function."""
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return EndpointEmbedder(
        "http://local/v1", "counting", dimensions=16, client=client, sleep=lambda seconds: None, cache=cache
    )


@pytest.mark.parametrize("embedder", [HashedEmbedder(), HashedEmbedder(64), endpoint(letters)])
def test_an_embedder_gives_the_same_unit_rows_for_the_same_texts(embedder: Embedder) -> None:
    texts = ["七天无理由退货", "how to return", "", "保温杯 500ml"] * 40
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), embedder.dimensions)
    assert vectors.dtype == np.float32
    norms = np.linalg.norm(vectors, axis=1)
    assert all(abs(norm - 1) < 1e-5 or norm == 0 for norm in norms)
    assert np.allclose(embedder.embed(texts[:1]), vectors[:1])
    assert embedder.embed([]).shape == (0, embedder.dimensions)
    assert 0 < embedder.weight <= 1
    assert str(embedder.dimensions) in embedder.name


def test_the_hashed_vectors_are_the_same_on_every_machine() -> None:
    vector = HashedEmbedder(8).embed(["退货 refund"])[0]
    assert np.allclose(vector, [0.0, 0.6026, 0.6344, 0.0, 0.0, 0.1903, -0.0317, -0.4441], atol=1e-4)


def test_a_busy_server_is_asked_again_and_a_refusing_one_is_not() -> None:
    asked: list[int] = []

    def busy(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(503) if len(asked) < 3 else letters(request)

    assert endpoint(busy).embed(["a"]).shape == (1, 16)
    assert len(asked) == 3
    asked.clear()

    def refusing(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(401, text="no such key")

    with pytest.raises(EmbedderFailed, match="HTTP 401: no such key"):
        endpoint(refusing).embed(["a"])
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: httpx.Response(200, text="<html>"), "JSONDecodeError"),
        (lambda request: httpx.Response(200, json={"data": [{}]}), "not the expected shape"),
        (
            lambda request: httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]}),
            "16 are configured",
        ),
    ],
)
def test_a_wrong_answer_is_named(answer: Answer, message: str) -> None:
    with pytest.raises(EmbedderFailed, match=message):
        endpoint(answer).embed(["a"])


def test_vectors_are_cached_between_processes(tmp_path: Path) -> None:
    asked: list[int] = []

    def counting(request: httpx.Request) -> httpx.Response:
        asked.append(len(json.loads(request.content)["input"]))
        return letters(request)

    first = endpoint(counting, cache=tmp_path / "vectors.db").embed(["a", "b", "c"])
    again = endpoint(counting, cache=tmp_path / "vectors.db").embed(["c", "b", "d"])
    assert asked == [3, 1]
    assert np.array_equal(first[2], again[0])


def test_a_server_is_asked_in_batches_and_never_twice_for_one_text(
    model_server: ModelServer, tmp_path: Path
) -> None:
    texts = [f"第 {number} 条" for number in range(150)]
    with httpx.Client() as client:
        first, again, wrong = (
            EndpointEmbedder(
                model_server.url, "embed", dimensions=size, cache=tmp_path / "vectors.db", client=client
            )
            for size in (64, 64, 32)
        )
        vectors = first.embed(texts)
        assert [len(asked["input"]) for asked in model_server.requests] == [64, 64, 22]
        assert np.array_equal(again.embed(texts), vectors)
        assert len(model_server.requests) == 3
        with pytest.raises(EmbedderFailed, match=r"embed gives .* 32 are configured"):
            wrong.embed(["a"])


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Corner:
    """A shop whose vectors an endpoint made."""
    corner = Corner(tmp_path_factory.mktemp("counted"))
    sync(write_shop(corner.shop), corner.home, law=corner.law, embedder=endpoint(letters))
    return corner


def test_vectors_of_an_endpoint_are_searched(counted: Corner) -> None:
    knowledge = Knowledge.open(counted.home, "corner", embedder=endpoint(letters))
    hits = knowledge.search([Query(text="满 59 元包邮，不满的收 8 元运费", at=date(2026, 11, 1))])
    assert "vectors #1" in hits[0].why
    knowledge.close()


def test_another_embedder_is_refused_with_the_command_that_makes_the_vectors_anew(counted: Corner) -> None:
    with pytest.raises(EmbedderChanged, match=r"counting-16's, but hashed-512-v2.*warmline kb sync"):
        Knowledge.open(counted.home, "corner")


def test_a_dead_embedding_server_leaves_search_by_words(counted: Corner) -> None:
    dead = endpoint(lambda request: httpx.Response(500))
    knowledge = Knowledge.open(counted.home, "corner", embedder=dead)
    hits = knowledge.search([Query(text="质量问题", at=date(2026, 11, 1))])
    assert hits[0].snippet.id == "returns#quality"
    assert "vectors" not in hits[0].why
    knowledge.close()


def test_a_reranker_decides_the_order_of_the_first_hits(shared_corner: Corner) -> None:
    def freight_first(request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["documents"]
        rows = [{"index": n, "relevance_score": float("包邮" in text)} for n, text in enumerate(texts)]
        return httpx.Response(200, json={"results": rows})

    client = httpx.Client(transport=httpx.MockTransport(freight_first))
    reranker = EndpointReranker("http://local/v1", "reader", client=client)
    knowledge = Knowledge.open(shared_corner.home, "corner", reranker=reranker)
    hits = knowledge.search([Query(text="退货运费", at=date(2026, 11, 1))])
    assert hits[0].snippet.id == "shipping#freight"
    assert "reranked" in hits[0].why
    knowledge.close()

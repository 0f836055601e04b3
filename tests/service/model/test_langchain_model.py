"""The model adapter, over real HTTP: what it hands out, and what every fault becomes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from service.adapters.langchain_model import LangChainModel
from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable
from service.model import Chunk, Message, answer
from tests.model_server import ModelServer

ASKED = (Message(role="system", text="短"), Message(role="user", text="还能退吗"))


@asynccontextmanager
async def model(server: ModelServer, name: str, **limits: Any) -> AsyncIterator[LangChainModel]:
    made = LangChainModel(
        endpoint=server.url,
        api_key="sk-test",
        model=name,
        **{"first_token_s": 1.0, "total_s": 2.0, "connect_s": 1.0} | limits,
    )
    try:
        yield made
    finally:
        await made.aclose()


async def asked(server: ModelServer, name: str, **limits: Any) -> tuple[str, ModelError | None]:
    """The text that came, and the error it ended with."""
    texts: list[str] = []
    async with model(server, name, **limits) as made:
        try:
            async for chunk in made.stream(ASKED, parameters={}):
                texts.append(chunk.text)  # noqa: PERF401
        except ModelError as error:
            return "".join(texts), error
    return "".join(texts), None


async def test_an_answer_comes_in_pieces_with_usage_and_the_resolved_name(model_server: ModelServer) -> None:
    model_server.script("签收七天内可以退[1]。")
    async with model(model_server, "polite") as made:
        chunks = [chunk async for chunk in made.stream(ASKED, parameters={"temperature": 0.3})]
    assert "".join(chunk.text for chunk in chunks) == "签收七天内可以退[1]。"
    assert len([chunk for chunk in chunks if chunk.text]) > 1
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert [chunk.model for chunk in chunks if chunk.model] == ["polite-2026-11-01"]
    usage = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(usage) == 1 and usage[0].output_tokens == 12


async def test_parameters_reach_the_endpoint_by_their_own_names(model_server: ModelServer) -> None:
    async with model(model_server, "fixed") as made:
        await answer(
            made,
            ASKED,
            parameters={
                "temperature": 0.1,
                "max_tokens": 77,
                "seed": 5,
                "response_format": {"type": "json_object"},
            },
        )
    sent = model_server.requests[0]
    assert sent["messages"] == [{"role": each.role, "content": each.text} for each in ASKED]
    assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (0.1, 77, 5)
    assert sent["response_format"] == {"type": "json_object"}
    assert sent["stream_options"] == {"include_usage": True}
    assert "max_completion_tokens" not in sent


@pytest.mark.parametrize(
    ("name", "kind", "partial"),
    [
        ("fixed?fault=rate_limited", "rate_limited", False),
        ("fixed?fault=quota", "rate_limited", False),
        ("fixed?fault=server_error", "server_error", False),
        ("fixed?fault=overloaded", "server_error", False),
        ("fixed?fault=unauthorised", "rejected", False),
        ("fixed?fault=unknown_model", "rejected", False),
        ("fixed?fault=bad_request", "rejected", False),
        ("fixed?fault=redirect", "rejected", False),
        ("fixed?fault=reset_before", "unreachable", False),
        ("fixed?fault=hang", "timeout", False),
        ("fixed?first_token_s=5", "timeout", False),
        ("fixed?fault=error_event&after=0", "server_error", False),
        ("fixed?fault=error_event", "server_error", True),
        ("fixed?fault=hang_mid", "timeout", True),
        ("fixed?between_s=0.2", "timeout", True),
    ],
)
async def test_an_endpoint_that_fails_is_unavailable(
    model_server: ModelServer, name: str, kind: str, partial: bool
) -> None:
    text, error = await asked(model_server, name, first_token_s=0.3, total_s=0.6)
    assert isinstance(error, ModelUnavailable)
    assert (error.kind, error.partial) == (kind, partial)
    assert bool(text) == partial
    assert "\n" not in str(error) and "sk-test" not in str(error)
    assert model_server.counts["calls"] == 1


@pytest.mark.parametrize(
    ("name", "kind", "partial"),
    [
        ("fixed?fault=reset_mid", "cut", True),
        ("fixed?fault=no_finish", "cut", True),
        ("fixed?fault=length", "length", True),
        ("fixed?fault=filtered", "filtered", True),
        ("fixed?fault=empty", "empty", False),
        ("fixed?fault=refusal", "refused", False),
        ("fixed?fault=malformed_sse", "malformed", True),
        ("fixed?fault=malformed_json", "malformed", True),
        ("fixed?fault=wrong_schema", "malformed", True),
        ("fixed?fault=html", "malformed", False),
        ("fixed?fault=json", "malformed", False),
        ("fixed?fault=huge", "too_big", True),
        ("fixed?fault=endless", "too_big", True),
    ],
)
async def test_an_answer_that_is_not_whole_is_unusable(
    model_server: ModelServer, name: str, kind: str, partial: bool
) -> None:
    text, error = await asked(model_server, name, max_chars=2_000, max_bytes=1_000_000)
    assert isinstance(error, ModelAnswerUnusable)
    assert (error.kind, error.partial) == (kind, partial)
    assert bool(text) == partial
    assert "\n" not in str(error)


async def test_a_slow_drip_ends_at_the_deadline(model_server: ModelServer) -> None:
    began = asyncio.get_running_loop().time()
    _, error = await asked(model_server, "fixed?fault=drip&between_s=0.005", first_token_s=5, total_s=0.8)
    assert isinstance(error, ModelUnavailable) and error.kind == "timeout"
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_an_answer_is_whole_once_its_finish_reason_came(model_server: ModelServer) -> None:
    text, error = await asked(model_server, "fixed?fault=no_done&usage=0")
    assert text and error is None


async def test_retry_after_is_told(model_server: ModelServer) -> None:
    _, error = await asked(model_server, "fixed?fault=rate_limited&retry_after=7")
    assert isinstance(error, ModelUnavailable)
    assert (error.retry_after_s, error.retryable) == (7.0, True)
    _, error = await asked(model_server, "fixed?fault=quota")
    assert isinstance(error, ModelUnavailable) and not error.retryable


async def test_a_closed_port_is_unreachable() -> None:
    made = LangChainModel(endpoint="http://127.0.0.1:9/v1", api_key="k", model="m")
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        await answer(made, ASKED, parameters={})
    assert caught.value.kind == "unreachable"
    await made.aclose()


async def test_leaving_early_closes_the_connection_to_the_endpoint(model_server: ModelServer) -> None:
    async with (
        model(model_server, "fixed?between_s=0.05") as made,
        aclosing(made.stream(ASKED, parameters={})) as chunks,
    ):
        async for chunk in chunks:
            if chunk != Chunk():
                break
    await eventually(lambda: model_server.counts["gone"] == 1)


async def test_cancelling_the_caller_closes_the_connection_to_the_endpoint(model_server: ModelServer) -> None:
    async with model(model_server, "fixed?fault=hang", first_token_s=30, total_s=30) as made:
        task = asyncio.create_task(answer(made, ASKED, parameters={}))
        await eventually(lambda: model_server.counts["calls"] == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(lambda: model_server.counts["gone"] == 1)


def test_one_model_serves_one_loop_after_another(model_server: ModelServer) -> None:
    made = LangChainModel(endpoint=model_server.url, api_key="k", model="fixed")

    async def once() -> str:
        reply = await answer(made, ASKED, parameters={})
        await made.aclose()
        return reply.text

    assert asyncio.run(once()) == asyncio.run(once())


async def eventually(claim: Any, *, within_s: float = 2.0) -> None:
    """Waits until the claim holds."""
    async with asyncio.timeout(within_s):
        while not claim():
            await asyncio.sleep(0.01)

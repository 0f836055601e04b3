"""The edge over several endpoints: what it retries, where it turns, what it never does."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from service.adapters.langchain_model import LangChainModel
from service.edge import Breaker, FairQueue, ModelEdge, RetryBudget
from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable
from service.model import Chunk, answer
from tests.model_server import ModelServer
from tests.service.edge.fakes import ASKED, Scripted

GOOD: Sequence[str] = ("可以", "退")


def edge(*models: Scripted, **how: object) -> ModelEdge:
    return ModelEdge(models, chance=lambda: 0.0, **how)  # type: ignore[arg-type]


def down(kind: str = "server_error", **more: object) -> ModelUnavailable:
    return ModelUnavailable("model m: failed", kind=kind, **more)  # type: ignore[arg-type]


async def text_of(made: ModelEdge) -> str:
    return (await answer(made, ASKED, parameters={})).text


async def test_a_passing_failure_is_retried_once_and_unseen() -> None:
    model = Scripted(lambda call: [down()] if call == 1 else GOOD)
    made = edge(model)
    assert await text_of(made) == "可以退"
    assert (model.calls, made.counts["retries"]) == (2, 1)


@pytest.mark.parametrize("error", [down("rejected", retryable=False), down("timeout")])
async def test_what_cannot_pass_in_a_moment_is_not_retried(error: ModelError) -> None:
    model = Scripted(lambda call: [error])
    with pytest.raises(ModelUnavailable):
        await text_of(edge(model))
    assert model.calls == 1


async def test_the_next_endpoint_answers_when_the_first_cannot_and_says_that_it_did() -> None:
    first = Scripted(lambda call: [down()])
    second = Scripted(lambda call: GOOD, endpoint="http://two/v1")
    made = edge(first, second)
    chunks = [chunk async for chunk in made.stream(ASKED, parameters={})]
    assert "".join(chunk.text for chunk in chunks) == "可以退"
    assert chunks[0].endpoint == "http://two/v1"
    assert (first.calls, second.calls, made.counts["reroutes"]) == (2, 1, 1)


async def test_text_that_was_shown_is_never_followed_by_another_answer() -> None:
    cut = ModelAnswerUnusable("model m: broke", kind="cut", partial=True)
    first, second = Scripted(lambda call: ["可", cut]), Scripted(lambda call: GOOD)
    seen: list[Chunk] = []
    with pytest.raises(ModelAnswerUnusable) as caught:
        async for chunk in edge(first, second).stream(ASKED, parameters={}):
            seen.append(chunk)  # noqa: PERF401
    assert caught.value.partial and "".join(chunk.text for chunk in seen) == "可"
    assert (first.calls, second.calls) == (1, 0)


async def test_with_restarts_the_next_endpoint_begins_anew_and_says_so() -> None:
    cut = ModelAnswerUnusable("model m: broke", kind="cut", partial=True)
    made = edge(Scripted(lambda call: ["可", cut]), Scripted(lambda call: GOOD), restarts=True)
    text = ""
    async for chunk in made.stream(ASKED, parameters={}):
        text = chunk.text if chunk.restart else text + chunk.text
    assert text == "可以退"


async def test_when_none_answers_every_reason_is_in_one_line() -> None:
    made = edge(
        Scripted(lambda call: [ModelUnavailable("one: down")]),
        Scripted(lambda call: [ModelUnavailable("two: down", kind="timeout")]),
    )
    with pytest.raises(ModelUnavailable, match="one: down; then two: down"):
        await text_of(made)


async def test_an_outage_costs_the_threshold_and_few_retries_however_many_ask() -> None:
    model = Scripted(lambda call: [down()])
    made = edge(model, breaker=lambda _: Breaker(threshold=5, rest_s=60), budget=RetryBudget())
    for _ in range(300):
        with pytest.raises(ModelUnavailable):
            await text_of(made)
    assert model.calls == 5
    assert made.counts["retries"] <= 30


async def test_an_endpoint_that_recovers_is_used_again_after_one_probe() -> None:
    model = Scripted(lambda call: [down()] if call <= 3 else GOOD)
    made = edge(model, retries=0, breaker=lambda _: Breaker(threshold=3, rest_s=0.05))
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await text_of(made)
    with pytest.raises(ModelUnavailable, match="rests"):
        await text_of(made)
    await asyncio.sleep(0.06)
    assert await text_of(made) == "可以退"
    assert list(made.states.values()) == ["closed"]


async def test_thinking_aloud_is_not_part_of_the_answer() -> None:
    model = Scripted(lambda call: ["<thi", "nk>顾客生气", "了</th", "ink>\n", "可以退"])
    assert await text_of(edge(model)) == "可以退"
    assert await text_of(edge(Scripted(lambda call: ["<", "3 您好"]))) == "<3 您好"
    with pytest.raises(ModelAnswerUnusable, match="empty"):
        await text_of(edge(Scripted(lambda call: ["<think>没有结论"])))


async def test_calls_beyond_the_queue_are_shed() -> None:
    gate = asyncio.Event()

    class Slow(Scripted):
        async def stream(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
            await gate.wait()
            yield Chunk(text="好")

    made = edge(Slow(lambda call: GOOD), queue=FairQueue(at_once=1, waiting=1))
    tasks = [asyncio.create_task(text_of(made)) for _ in range(4)]
    await asyncio.sleep(0.01)
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each for each in outcomes if isinstance(each, str)] == ["好", "好"]
    assert made.counts["shed"] == 2


def over_http(server: ModelServer, *names: str, first_token_s: float = 20.0) -> ModelEdge:
    total_s = 2 * first_token_s
    models = [
        LangChainModel(
            endpoint=server.url, api_key="k", model=name, first_token_s=first_token_s, total_s=total_s
        )
        for name in names
    ]
    return ModelEdge(models, first_token_s=first_token_s, total_s=total_s)


async def test_a_hanging_endpoint_leaves_time_for_the_next_one(model_server: ModelServer) -> None:
    made = over_http(model_server, "fixed?fault=hang", "polite", first_token_s=2.0)
    assert await text_of(made)
    await made.aclose()


async def test_leaving_closes_the_endpoints_connection_through_the_edge(model_server: ModelServer) -> None:
    made = over_http(model_server, "fixed?between_s=0.05")
    async with aclosing(made.stream(ASKED, parameters={})) as chunks:
        async for chunk in chunks:
            if chunk.text:
                break
    async with asyncio.timeout(2):
        while model_server.counts["gone"] != 1:
            await asyncio.sleep(0.01)
    await made.aclose()


@pytest.mark.parametrize("share", [5])
async def test_of_many_calls_with_a_fifth_failing_none_is_lost_or_cut_unsaid(
    model_server: ModelServer, share: int
) -> None:
    faults = [
        "server_error",
        "reset_before",
        "reset_mid",
        "malformed_sse",
        "no_finish",
        "rate_limited",
        "empty",
    ]
    whole, failed = 0, 0
    model_server.script()
    for fault in faults:
        made = over_http(model_server, f"fixed?fault={fault}&every={share}&piece_chars=20")
        outcomes = await asyncio.gather(*(text_of(made) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(each, str | ModelError) for each in outcomes)
        texts = {each for each in outcomes if isinstance(each, str)}
        assert len(texts) == 1 and texts.pop().endswith("请您放心。")
        whole += sum(isinstance(each, str) for each in outcomes)
        failed += sum(isinstance(each, ModelError) for each in outcomes)
        await made.aclose()
    assert whole + failed == 20 * len(faults)
    assert failed <= 2 * 20 * len(faults) // share

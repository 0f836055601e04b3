"""The chat adapter answers whole or says why not, against the server that breaks every rule."""

from collections.abc import AsyncIterator

import pytest

from eval.adapters.chat import ChatModel, judge_model
from eval.limiting import Limiter, patiently
from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable, SettingsError
from service.model import Message, Reply, answer
from service.settings import Settings
from tests.model_server import ModelServer

ASKED = [Message(role="system", text="客服"), Message(role="user", text="在吗")]


@pytest.fixture
async def models() -> AsyncIterator[list[ChatModel]]:
    made: list[ChatModel] = []
    yield made
    for model in made:
        await model.aclose()


async def ask(server: ModelServer, name: str, models: list[ChatModel], **limits: float) -> Reply:
    models.append(ChatModel(endpoint=server.url, api_key="k", model=name, **limits))
    return await answer(models[-1], ASKED, parameters={"temperature": 0})


async def test_an_answer_comes_whole_with_its_usage(
    model_server: ModelServer, models: list[ChatModel]
) -> None:
    reply = await ask(model_server, "echo", models)
    assert reply.text == "在吗" and reply.usage and reply.usage.output_tokens == 2
    assert reply.model == "echo-2026-11-01"
    assert model_server.requests[0]["temperature"] == 0 and "stream" not in model_server.requests[0]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate_limited&retry_after=2", "rate_limited"),
        ("server_error", "server_error"),
        ("overloaded", "server_error"),
        ("unauthorised", "rejected"),
        ("unknown_model", "rejected"),
        ("reset_before", "unreachable"),
        ("hang", "timeout"),
        ("redirect", "server_error"),
    ],
)
async def test_an_endpoint_that_gives_nothing_is_unavailable(
    model_server: ModelServer, models: list[ChatModel], fault: str, kind: str
) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        await ask(model_server, f"echo?fault={fault}", models, total_s=0.3)
    assert caught.value.kind == kind
    assert caught.value.retry_after_s == (2.0 if "retry_after" in fault else None)
    assert caught.value.retryable == (kind != "rejected")


@pytest.mark.parametrize(("fault", "kind"), [("length", "length"), ("html", "malformed")])
async def test_an_answer_that_is_not_whole_is_unusable(
    model_server: ModelServer, models: list[ChatModel], fault: str, kind: str
) -> None:
    with pytest.raises(ModelAnswerUnusable) as caught:
        await ask(model_server, f"echo?fault={fault}", models)
    assert caught.value.kind == kind


async def test_an_unreachable_endpoint_is_said_in_one_line() -> None:
    model = ChatModel(endpoint="http://127.0.0.1:9/v1", api_key="", model="m")
    with pytest.raises(ModelError) as caught:
        await answer(model, ASKED, parameters={})
    await model.aclose()
    assert "\n" not in str(caught.value)


async def test_429_with_retry_after_is_waited_out(model_server: ModelServer, models: list[ChatModel]) -> None:
    limiter = Limiter(most=8)
    name = "echo?fault=rate_limited&times=2&retry_after=0.05"
    models.append(ChatModel(endpoint=model_server.url, api_key="k", model=name))
    reply, again = await patiently(lambda: answer(models[-1], ASKED, parameters={}), limiter)
    assert (reply.text, again, limiter.episodes) == ("在吗", 2, 2)


def test_a_judge_needs_an_endpoint() -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
        judge_model(Settings(model="none"))

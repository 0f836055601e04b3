"""The hand-over note: what the model is shown, and what never becomes a note."""

from collections.abc import Callable

import pytest

from prompts.answers import load_answer_words
from prompts.rulepack import load_rulepacks
from prompts.template import find, load_templates
from service.adapters.langchain_model import LangChainModel
from service.assembly import Warmline
from service.demo import demo_tickets
from service.edge import Guard
from service.errors import ModelAnswerUnusable, ModelUnavailable
from service.model import Model
from service.summarising import summarise, summary_prompt
from tests.model_server import ModelServer
from tests.rendered.cases import CASES, case

TEMPLATES = load_templates()
LONG = case([f"第{i}句，电话13800138000，杯子又碎了怎么办" for i in range(31)])


async def noted(model: Model | None) -> str:
    reply = await summarise(
        LONG,
        model=model,
        templates=TEMPLATES,
        rulepacks=load_rulepacks(),
        guard=Guard(words=load_answer_words()),
        parameters={},
    )
    return reply.text


async def test_the_note_is_written_from_every_turn_without_personal_data(model_server: ModelServer) -> None:
    model_server.script("诉求：杯子碎了要处理。待办：联系 ⟨PHONE_1⟩，今天内答复。")
    made = LangChainModel(endpoint=model_server.url, api_key="k", model="polite")
    assert await noted(made) == "诉求：杯子碎了要处理。待办：联系 13800138000，今天内答复。"
    assert "13800138000" not in model_server.texts[0]
    assert all(f"{i + 1}. " in model_server.texts[0] for i in range(31))
    await made.aclose()


async def test_a_note_that_gives_the_prompt_away_is_none(model_server: ModelServer) -> None:
    made = LangChainModel(endpoint=model_server.url, api_key="k", model="obedient-echo")
    with pytest.raises(ModelAnswerUnusable) as caught:
        await noted(made)
    assert caught.value.kind == "leak"
    await made.aclose()


async def test_without_a_model_it_says_so() -> None:
    with pytest.raises(ModelUnavailable, match="needs a model"):
        await noted(None)


def test_a_conversation_too_long_for_the_prompt_loses_its_oldest_turns() -> None:
    endless = case([f"第{i}句" + "啊" * 400 for i in range(61)])
    made = summary_prompt(endless, template=find(TEMPLATES, "summary", "zh"), max_tokens=4_000)
    assert made.omitted_turns > 0 and "61. " in made.messages[-1].text
    assert "\n1. " not in made.messages[-1].text


def test_promises_and_the_order_are_in_it() -> None:
    made = summary_prompt(CASES["return_in_window"], template=find(TEMPLATES, "summary", "zh"))
    assert "A1003" in made.messages[-1].text


async def test_without_a_model_the_composer_writes_the_note_whether_or_not_it_is_escalated(
    with_model: Callable[..., Warmline],
) -> None:
    app = with_model(model="none")
    for ticket in demo_tickets()[1:]:
        note = await app.summary(ticket)
        assert note.writer == "composer" and ticket.order
        assert ticket.order.order_id in note.text
    await app.close()


async def test_a_model_that_fails_leaves_the_composers_note_and_the_reason(
    with_model: Callable[..., Warmline],
) -> None:
    app = with_model("polite?fault=server_error")
    note = await app.summary(demo_tickets()[1])
    assert note.writer == "composer" and note.text and note.fallback
    await app.close()


async def test_a_models_note_says_who_wrote_it(
    with_model: Callable[..., Warmline], model_server: ModelServer
) -> None:
    model_server.script("诉求：查快递。进展：已揽收。待办：今天内答复。")
    app = with_model()
    note = await app.summary(demo_tickets()[1])
    assert (note.writer, note.model) == ("model", "polite-2026-11-01")
    assert note.usage and note.usage.output_tokens > 0
    await app.close()

"""A second look at unclear messages: after the instant draft, in the taxonomy's words, or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.assembly import Warmline
from service.errors import ModelAnswerUnusable
from service.event import AnalysisReady, Done, Event, InstantReady
from service.refining import analysis_messages, read_analysis
from service.ticket import Ticket, read_ticket
from tests.model_server import ModelServer

SAID: dict[str, Any] = {
    "issues": [{"intent": "damage", "words": "来的时候就那样了", "confidence": 0.8}],
    "emotion": "disappointed",
    "strength": 2,
    "cause": "来的时候就那样了",
    "risks": ["safety"],
    "missing": [],
}


@pytest.fixture
def app(with_model: Callable[..., Warmline]) -> Warmline:
    return with_model(refine_below=1.0)


@pytest.fixture
def unclear() -> Ticket:
    return read_ticket(
        {
            "id": "u",
            "shop": "demo",
            "now": "2026-11-12T20:15:00+08:00",
            "conversation": [{"role": "customer", "text": "来的时候就那样了，电话13812345678，你看着办吧"}],
        }
    )


async def events_of(app: Warmline, ticket: Ticket) -> list[Event]:
    try:
        return [event async for event in app.drafts(ticket)]
    finally:
        await app.close()


async def test_the_instant_draft_comes_first_and_again_when_more_is_understood(
    app: Warmline, unclear: Ticket, model_server: ModelServer
) -> None:
    model_server.script(json.dumps(SAID, ensure_ascii=False), "您好，我这就为您核实。")
    events = await events_of(app, unclear)
    seen = [each for each in events if isinstance(each, AnalysisReady | InstantReady)]
    assert [type(each) for each in seen] == [AnalysisReady, InstantReady, AnalysisReady, InstantReady]
    last = events[-1]
    assert isinstance(last, Done)
    analysis = last.draft.analysis
    assert analysis.intents == ("damage",) and (analysis.emotion, analysis.strength) == ("disappointed", 2)
    assert analysis.issues[0].text == "来的时候就那样了"
    assert "safety" in analysis.risks and analysis.escalation.needed
    assert last.draft.provenance.refined_by == "polite-2026-11-01"
    assert last.draft.writer == "model" and "refine" in last.draft.ms
    assert "13812345678" not in model_server.texts[0]


@pytest.mark.parametrize(
    "answer",
    [
        "我不确定",
        json.dumps({**SAID, "emotion": "furious"}),
        json.dumps({**SAID, "risks": ["spaceship"]}),
        json.dumps({**SAID, "issues": [{"intent": "make_me_rich", "words": ""}]}),
        json.dumps({**SAID, "issues": []}),
        json.dumps({**SAID, "strength": 9}),
        "[" * 5_000,
    ],
)
async def test_an_answer_outside_the_vocabulary_changes_nothing(
    app: Warmline, unclear: Ticket, model_server: ModelServer, answer: str
) -> None:
    model_server.script(answer, "您好，我这就为您核实。")
    events = await events_of(app, unclear)
    assert len([each for each in events if isinstance(each, AnalysisReady)]) == 1
    assert isinstance(events[-1], Done) and events[-1].draft.provenance.refined_by is None
    with pytest.raises(ModelAnswerUnusable, match="analysis"):
        read_analysis(answer, app.library)


async def test_a_message_the_rules_are_sure_of_is_not_asked_about(
    app: Warmline, unclear: Ticket, model_server: ModelServer
) -> None:
    sure = Warmline(settings=app.settings.model_copy(update={"refine_below": 0.0}))
    await events_of(sure, unclear)
    assert len(model_server.requests) == 1


async def test_risks_that_the_rules_saw_never_go(
    app: Warmline, unclear: Ticket, model_server: ModelServer
) -> None:
    turns = (unclear.conversation[0].model_copy(update={"text": "用了脸上起红疹，我要打12315"}),)
    ticket = unclear.model_copy(update={"conversation": turns})
    rules = app.case(ticket).analysis
    assert rules.risks
    model_server.script(json.dumps({**SAID, "risks": [], "emotion": "calm"}), "您好，我这就为您核实。")
    events = await events_of(app, ticket)
    assert isinstance(events[-1], Done)
    assert set(rules.risks) <= set(events[-1].draft.analysis.risks)
    assert set(rules.escalation.reasons) <= set(events[-1].draft.analysis.escalation.reasons)


def test_the_question_stays_within_its_budget_however_long_the_conversation(
    app: Warmline, unclear: Ticket
) -> None:
    from service.fitting import estimate_tokens

    turns = tuple(unclear.conversation[0].model_copy(update={"text": "又坏了" * 900}) for _ in range(6))
    answered = [turns[0], unclear.conversation[0].model_copy(update={"role": "agent"}), turns[1]]
    ticket = unclear.model_copy(update={"conversation": tuple(answered)})
    analysis = replace(app.case(unclear).analysis, language="en")
    made = analysis_messages(ticket, analysis, library=app.library, max_tokens=6_000)
    assert sum(estimate_tokens(each.text) for each in made) <= 6_000

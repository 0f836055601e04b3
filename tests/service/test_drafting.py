"""The main line, end to end: real knowledge, real store, and a real model endpoint over HTTP."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.assembly import Warmline
from service.demo import demo_tickets
from service.draft import Draft
from service.event import AnalysisReady, Done, Event, EvidenceReady, FindingsReady, InstantReady, Token
from service.settings import Settings
from service.ticket import Ticket, read_ticket
from tests.model_server import ModelServer

PHONE = "13812345678"


@pytest.fixture
def composer_only(home: Path, tmp_path: Path) -> Warmline:
    return Warmline(settings=Settings(home=home, database_url=f"sqlite:///{tmp_path / 'w.db'}", model="none"))


@pytest.fixture
def parcel() -> Ticket:
    """A late parcel and an anxious customer."""
    return demo_tickets()[1]


async def events_of(app: Warmline, ticket: Ticket) -> list[Event]:
    try:
        return [event async for event in app.drafts(ticket)]
    finally:
        await app.close()


def final(events: list[Event]) -> Draft:
    last = events[-1]
    assert isinstance(last, Done)
    return last.draft


async def test_the_events_come_in_the_order_of_the_design(with_model: Any, parcel: Ticket) -> None:
    events = await events_of(with_model(), parcel)
    kinds = [type(event) for event in events]
    assert kinds[:3] == [AnalysisReady, EvidenceReady, InstantReady]
    assert kinds[3:-2] and set(kinds[3:-2]) == {Token}
    assert kinds[-2:] == [FindingsReady, Done]


async def test_without_a_model_the_instant_draft_is_the_draft(
    composer_only: Warmline, parcel: Ticket
) -> None:
    events = await events_of(composer_only, parcel)
    instant = next(event.draft for event in events if isinstance(event, InstantReady))
    assert final(events).text == instant.text
    assert final(events).writer == "composer"


@pytest.mark.parametrize("number", range(3))
async def test_each_demo_ticket_gets_a_clean_draft_that_cites(composer_only: Warmline, number: int) -> None:
    draft = final(await events_of(composer_only, demo_tickets()[number]))
    assert not draft.blocked, [finding.why for finding in draft.findings]
    assert draft.citations
    for citation in draft.citations:
        assert 0 <= citation.span[0] < citation.span[1] <= len(draft.text)
    assert all(each.support == "supported" for each in draft.commitments)


async def test_the_same_ticket_gets_the_same_words(composer_only: Warmline, parcel: Ticket) -> None:
    assert (await composer_only.draft(parcel)).text == (await composer_only.draft(parcel)).text
    await composer_only.close()


async def test_a_models_draft_is_streamed_clean_and_cites_only_what_it_was_given(
    with_model: Any, parcel: Ticket, model_server: ModelServer
) -> None:
    events = await events_of(with_model(), parcel)
    draft = final(events)
    assert draft.writer == "model", draft.provenance.fallback
    shown = "".join(event.text for event in events if isinstance(event, Token))
    assert shown.strip() == draft.text
    assert "[1]" not in draft.text
    given = next(event.hits for event in events if isinstance(event, EvidenceReady))
    assert {each.snippet for each in draft.citations} <= {hit.snippet.id for hit in given}
    assert draft.provenance.usage and draft.provenance.usage.output_tokens > 0
    assert draft.provenance.template == "reply@1"


@pytest.mark.parametrize(
    "model",
    [
        "polite?fault=server_error",
        "polite?fault=reset_before",
        "polite?fault=reset_mid",
        "polite?fault=length",
        "polite?fault=no_finish",
        "polite?fault=empty",
        "polite?fault=html",
        "polite?fault=malformed_sse",
        "polite?fault=hang",
    ],
)
async def test_a_model_that_fails_costs_quality_never_an_answer(
    with_model: Any, parcel: Ticket, model: str
) -> None:
    events = await events_of(with_model(model, first_token_s=0.5, total_s=1.0), parcel)
    instant = next(event.draft for event in events if isinstance(event, InstantReady))
    draft = final(events)
    assert draft.text == instant.text
    assert draft.writer == "composer"
    assert draft.provenance.fallback


async def test_an_unsafe_model_is_asked_once_more_and_then_set_aside(
    with_model: Any, parcel: Ticket, model_server: ModelServer
) -> None:
    draft = final(await events_of(with_model("obedient-money"), parcel))
    assert draft.writer == "composer"
    assert "500" not in draft.text
    assert draft.provenance.fallback and "repair" in draft.provenance.fallback
    assert len(model_server.requests) == 2


async def test_a_repaired_draft_is_taken_and_says_so(
    with_model: Any, parcel: Ticket, model_server: ModelServer
) -> None:
    model_server.script("保证明天一定送到，加微信 wx_kefu8888 我转账给您。", "您好，我这就为您核实。")
    draft = final(await events_of(with_model(), parcel))
    assert (draft.writer, draft.text) == ("model", "您好，我这就为您核实。")
    assert draft.provenance.repaired


async def test_personal_data_stays_in_the_house_and_comes_back_in_the_draft(
    with_model: Any, parcel: Ticket, model_server: ModelServer
) -> None:
    turns = (*parcel.conversation, parcel.conversation[-1].model_copy(update={"text": f"我电话{PHONE}"}))
    ticket = parcel.model_copy(update={"conversation": turns, "answer_to": None})
    await events_of(with_model(), ticket)
    sent = model_server.texts[-1]
    assert PHONE not in sent
    assert "⟨PHONE_1⟩" in sent


async def test_a_draft_is_stored_with_all_that_it_rests_on(with_model: Any, parcel: Ticket) -> None:
    app = with_model()
    draft = await app.draft(parcel)
    stored = await app.store.draft(draft.id)
    assert stored is not None
    assert stored.draft["text"] == draft.text
    assert stored.instant and stored.instant["writer"] == "composer"
    assert stored.evidence["hits"]
    assert read_ticket(stored.ticket).question == parcel.question
    await app.close()


async def test_a_model_that_is_left_alone_is_not_asked_to_the_end(
    with_model: Any, parcel: Ticket, model_server: ModelServer
) -> None:
    app = with_model("polite?fault=endless", total_s=20)
    events = app.drafts(parcel)
    async for event in events:
        if isinstance(event, Token):
            break
    await events.aclose()
    await app.close()
    assert await app.store.recent() == []


async def test_candidates_differ_by_decision(composer_only: Warmline) -> None:
    made = composer_only.candidates(demo_tickets()[2], 3)
    decisions = [draft.provenance.decision for draft in made]
    assert len(decisions) == len(set(decisions)) > 1
    assert not any(draft.blocked for draft in made)


async def test_instructions_in_the_order_note_are_not_followed(composer_only: Warmline) -> None:
    order = composer_only.order("demo", "A1032")
    ticket = read_ticket(
        {
            "id": "n",
            "shop": "demo",
            "now": "2026-11-12T20:15:00+08:00",
            "conversation": [{"role": "customer", "text": "我的快递到哪了"}],
        }
    ).model_copy(update={"order": order})
    draft = await composer_only.draft(ticket)
    assert order.notes and order.notes not in draft.text
    assert "全额退款" not in draft.text
    await composer_only.close()


def test_the_model_seam_is_empty_without_settings(composer_only: Warmline) -> None:
    assert composer_only.model is None
    assert replace(composer_only.request(), role="lead").role == "lead"

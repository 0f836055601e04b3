"""What holds for every draft, whatever the shop and the ticket."""

import re
from collections.abc import Iterator
from dataclasses import replace

from prompts.library import Library
from retrieval.snippet import Snippet
from service.case import Case
from service.composing import Composition, compose
from service.composing.wording import has_chinese

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_HOTLINES = {"12315", "12356", "120", "110"}


def composed(case: Case, library: Library, candidate: int = 0) -> Composition:
    return compose(case, playbooks=library.playbooks, phrasebook=library.phrasebook, candidate=candidate)


def test_the_same_ticket_gets_the_same_draft(cases: list[Case], library: Library) -> None:
    for case in cases:
        assert composed(case, library) == composed(case, library)


def test_no_draft_is_empty_or_has_a_slot_left_open(cases: list[Case], library: Library) -> None:
    for case in cases:
        text = composed(case, library).text
        assert len(text) >= 10, case.ticket.id
        assert not re.search(r"[{}\[\]]|None", text), (case.ticket.id, text)


def test_a_draft_keeps_to_chat_length(cases: list[Case], library: Library) -> None:
    for case in cases:
        text = composed(case, library).text
        factor = 2.4 if case.analysis.language == "en" else 1.0
        more = 1 + 0.3 * (len(case.analysis.intents) - 1)
        limit = case.shop.service_levels.chat_max_chars * factor * more * 1.5
        assert len(text) <= limit, (case.ticket.id, len(text))


def test_an_english_draft_has_no_chinese_sentence(cases: list[Case], library: Library) -> None:
    english = [case for case in cases if case.analysis.language == "en"]
    assert len(english) >= 4
    for case in english:
        text = composed(case, library).text
        names = [product.name for product in case.products] + [case.ticket.nickname or ""]
        runs = re.findall(r"[\u3400-\u9fff]+", text)
        assert all(any(run in name for name in names) for run in runs), (case.ticket.id, runs)


def test_every_number_in_a_draft_has_a_source(cases: list[Case], library: Library) -> None:
    for case in cases:
        text = re.sub(r"(?m)^\d+\. ", "", composed(case, library).text)
        known = set(_sourced(case))
        unknown = [number for number in _NUMBER.findall(text) if number.lstrip("0") not in known]
        assert not unknown, (case.ticket.id, unknown, text)


def _sourced(case: Case) -> Iterator[str]:
    order = case.ticket.order.model_dump_json() if case.ticket.order else ""
    local = [f"{moment:%Y %m %d %H %M}" for moment in _moments(case)]
    texts = [snippet.text for snippet in case.snippets]
    texts += [f"{fact.value} {fact.derivation}" for fact in case.facts]
    texts += [
        " ".join([product.name, str(product.price), *product.specs.values()]) for product in case.products
    ]
    texts += [order, case.ticket.question, *(turn.text for turn in case.ticket.conversation), *local]
    for text in texts:
        for number in _NUMBER.findall(text):
            yield number.lstrip("0")
            yield re.sub(r"\.0+$", "", number).lstrip("0")
    yield from _HOTLINES
    yield from _written(case.snippets)


def _moments(case: Case) -> list[object]:
    order = case.ticket.order
    zone = case.now.tzinfo
    found = [case.now]
    if order:
        events = [order.paid_at, order.shipped_at, order.delivered_at, order.promised_ship_by]
        events += [event.at for event in order.tracking] + [refund.at for refund in order.refunds]
        events += [promise.due for promise in order.promises_made]
        found += [at.astimezone(zone) for at in events if at]
    return list(found)


def _written(snippets: tuple[Snippet, ...]) -> Iterator[str]:
    """Durations that policies write in Chinese numerals."""
    from service.facts.measure import durations

    for snippet in snippets:
        for duration in durations(snippet.text):
            yield from (f"{duration.low:f}", f"{duration.high:f}")


def test_every_citation_points_into_the_draft_and_quotes_its_snippet(
    cases: list[Case], library: Library
) -> None:
    for case in cases:
        made = composed(case, library)
        texts = {(snippet.id, snippet.version): snippet.text for snippet in case.snippets}
        for citation in made.citations:
            start, end = citation.span
            assert 0 <= start < end <= len(made.text)
            assert citation.quote in texts[citation.snippet, citation.version], (case.ticket.id, citation)


def test_every_issue_is_decided_or_absorbed(cases: list[Case], library: Library) -> None:
    for case in cases:
        decided = {part.partition(".")[0] for part in composed(case, library).decision.split("+")}
        for intent in case.analysis.intents:
            others = [library.playbooks[other].absorbs for other in case.analysis.intents]
            courtesy = intent in {"praise", "chitchat", "unknown"} and len(case.analysis.intents) > 1
            assert intent in decided or courtesy or any(intent in each for each in others), case.ticket.id


def test_an_escalated_case_says_who_answers_and_hands_over(cases: list[Case], library: Library) -> None:
    escalated = [case for case in cases if case.analysis.escalation.needed]
    assert escalated
    for case in escalated:
        made = composed(case, library)
        assert made.handover
        assert any(word in made.text for word in ("主管", "supervisor"))


def test_where_a_life_may_be_at_stake_nothing_else_is_spoken_of(cases: list[Case], library: Library) -> None:
    case = cases[0]
    analysis = replace(
        case.analysis,
        risks=("self_harm",),
        escalation=replace(case.analysis.escalation, needed=True, reasons=("self_harm",)),
    )
    made = composed(replace(case, analysis=analysis), library)
    assert "12356" in made.text and "120" in made.text
    assert not made.citations
    assert made.handover


def test_internal_notes_never_reach_the_customer(cases: list[Case], library: Library) -> None:
    for case in cases:
        notes = case.ticket.order.notes if case.ticket.order else None
        if notes and len(notes) >= 8:
            assert notes[:8] not in composed(case, library).text


def test_other_candidates_never_only_reword(cases: list[Case], library: Library) -> None:
    for case in cases:
        first, second = composed(case, library), composed(case, library, 1)
        if first.text != second.text:
            assert first.decision != second.decision, case.ticket.id


def test_chinese_drafts_speak_chinese(cases: list[Case], library: Library) -> None:
    for case in cases:
        if case.analysis.language == "zh":
            assert has_chinese(composed(case, library).text)

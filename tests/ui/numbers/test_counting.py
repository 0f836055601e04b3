"""The figures of the numbers page: what became of drafts, and nothing made of nothing."""

from datetime import UTC, datetime
from typing import Any

from prompts.taxonomy import load_taxonomy
from service.store import Outcome, StoredDraft
from ui.desk.saying import Saying
from ui.numbers.counting import count
from ui.numbers.page import sheet

NOW = datetime(2026, 11, 12, tzinfo=UTC)
TEXT = "您好，订单已经发出，预计两天送到。"


def _draft(name: str, **changes: Any) -> StoredDraft:
    draft = {
        "text": TEXT, "ms": {"instant": 20.0, "total": 900.0}, "findings": [{"type": "over_promise"}],
        "provenance": {"fallback_kind": None, "usage": None}, "analysis": {"intents": ["logistics_query"]},
    }  # fmt: skip
    return StoredDraft(id=name, at=NOW, shop="demo", ticket={}, draft={**draft, **changes})


def _outcome(name: str, kind: Any, text: str = TEXT, reason: str = "") -> Outcome:
    return Outcome(draft_id=name, at=NOW, kind=kind, final_text=text, reason=reason)


def test_drafts_are_told_apart_by_how_much_was_changed() -> None:
    numbers = count(
        [
            (_draft("a"), [_outcome("a", "sent")]),
            (_draft("b"), [_outcome("b", "edited", TEXT + "谢谢")]),
            (_draft("c"), [_outcome("c", "edited", "亲，这边帮忙催一下仓库")]),
            (_draft("d"), [_outcome("d", "sent"), _outcome("d", "rejected", reason="tone")]),
            (_draft("e"), []),
        ]
    )
    assert numbers.drafts == 5
    assert numbers.adoption == {"as_is": 1, "light": 1, "heavy": 1, "rejected": 1}
    assert numbers.reasons == {"tone": 1}
    assert numbers.findings == {"over_promise": 5}
    assert numbers.times_ms["first_text"] == (20.0, 20.0)


def test_what_has_no_price_and_no_outcome_has_no_figure() -> None:
    numbers = count([(_draft("a"), [])])
    assert (numbers.cost, numbers.changed, numbers.adoption) == (None, None, {})
    priced = count([(_draft("a", provenance={"usage": {"cost": 0.25}}), []), (_draft("b"), [])])
    assert priced.cost == 0.25


def test_a_hostile_reason_stays_words_on_the_sheet() -> None:
    rejected = _outcome("a", "rejected", reason="<img src=x onerror=alert(1)>")
    shown = sheet(count([(_draft("a"), [rejected])]), Saying("zh", load_taxonomy()))
    assert "<img" not in shown
    assert "&lt;img" in shown

"""What a Chinese policy rules and a Chinese catalogue says is told in English, or left out."""

from datetime import UTC, datetime

import pytest

from prompts.library import Library
from retrieval.snippet import Snippet
from service.composing.telling import Teller
from service.composing.wording import Wording
from service.facts.reading import rules


@pytest.fixture
def teller(library: Library) -> Teller:
    return Teller(library.phrasebook, Wording(library.phrasebook, "en", datetime(2026, 11, 12, tzinfo=UTC)))


def told(teller: Teller, text: str, heading: str, *topics: str) -> str:
    snippet = Snippet(id="p#s", text=text, kind="policy", shop="x", heading=heading)
    return teller.told(text, rules(snippet), topics=topics)


@pytest.mark.parametrize(
    ("text", "heading", "topic", "english"),
    [
        (
            "签收次日起 9 天内可以换尺码。",
            "换货",
            "exchange",
            "You can exchange it within 9 days of delivery.",
        ),
        ("付款后 30 小时内发货。", "发货时间", "dispatch", "Orders ship within 30 hours of payment."),
        ("全店每满 250 元减 35 元。", "活动", "price", "35 yuan off for every 250 yuan."),
    ],
)
def test_a_rule_is_told_in_english(teller: Teller, text: str, heading: str, topic: str, english: str) -> None:
    assert told(teller, text, heading, topic) == english


def test_a_rule_on_another_matter_is_not_told(teller: Teller) -> None:
    assert told(teller, "付款后 30 小时内发货。", "发货时间", "return") == ""


def test_a_right_of_some_members_is_not_told_to_all(teller: Teller) -> None:
    assert told(teller, "常青享退货期限 21 天。", "会员 · 会员等级", "return") == ""


def test_a_cell_is_told_whole_or_not_at_all(teller: Teller) -> None:
    assert teller.cell("纯棉，不可机洗") == "pure cotton, not machine washable"
    assert teller.cell("纯棉，老师傅手作") == ""

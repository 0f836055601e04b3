"""The price under a promotion is reckoned from its sentence, for whom and what it holds."""

from datetime import date
from decimal import Decimal

import pytest

from retrieval.snippet import Hit, Snippet
from service.composing.dealing import deal
from service.composing.selecting import Candidate
from service.facts.sentence import sentences


def candidate(text: str) -> Candidate:
    snippet = Snippet(id="promo#rule", text=text, kind="policy", shop="x", heading="活动 · 规则")
    return Candidate(sentence=sentences(snippet)[0], hit=Hit(snippet=snippet, score=1.0), score=0.0, rules=())


@pytest.mark.parametrize(
    ("text", "price", "pays"),
    [
        ("全店每满 250 元减 35 元。", "799", "694"),
        ("全店满 399 元减 60 元、满 799 元减 140 元。", "850", "710"),
        ("推车、餐椅每满 400 元减 45 元，可以叠加一张店铺券。", "799", "754"),
    ],
)
def test_the_reduction_is_taken_off(text: str, price: str, pays: str) -> None:
    found = deal(Decimal(price), "轻便推车 推车", [candidate(text)], date(2026, 8, 9))
    assert found is not None
    assert found.price == Decimal(pays)


@pytest.mark.parametrize(
    "text",
    [
        "全店满 900 元减 60 元。",
        "新客券满 199 减 20。",
        "奶瓶、奶嘴每满 100 元减 10 元。",
        "9月1日 至 9月3日 全店每满 250 元减 35 元。",
    ],
)
def test_a_reduction_that_does_not_hold_here_changes_no_price(text: str) -> None:
    assert deal(Decimal(799), "轻便推车 推车", [candidate(text)], date(2026, 8, 9)) is None

"""Contradictions are shown, two rights with two figures are not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from retrieval.conflicts import Conflict, found_in, load_vocabulary
from retrieval.errors import RetrievalError
from retrieval.snippet import LAW, Snippet
from tests.retrieval.measuring import trades

PAIRS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("conflicts.yaml").read_text(encoding="utf-8")
)


def snippet(name: str, text: str, *, heading: str = "", shop: str = "corner", **how: Any) -> Snippet:
    return Snippet(id=f"{name}#s", text=text, heading=heading, kind="policy", shop=shop, **how)


def shown(pair: dict[str, Any]) -> list[Conflict]:
    return found_in(
        snippet(name, text, heading=f"{title} · {heading}")
        for name in ("one", "other")
        for title, heading, text in [pair[name]]
    )


@pytest.mark.parametrize("part", ["dev", "gate"])
def test_two_rights_with_two_figures_are_no_contradiction(part: str) -> None:
    alarms = [pair for pair in PAIRS[part] if not pair["conflict"] and shown(pair)]
    assert alarms == []


@pytest.mark.parametrize(("part", "at_least"), [("dev", 13), ("gate", 10)])
def test_one_right_with_two_figures_is_shown(part: str, at_least: int) -> None:
    assert sum(bool(shown(pair)) for pair in PAIRS[part] if pair["conflict"]) >= at_least


def test_shops_that_contradict_nothing_raise_no_alarm() -> None:
    for trade in trades():
        assert found_in(entry.snippet for entry in trade.entries if entry.snippet.kind == "policy") == []


def test_hours_and_days_are_one_measure() -> None:
    one, other = "现货付款后 48 小时内发货。", "现货付款后 {} 天内发货。"
    assert found_in([snippet("a", one), snippet("b", other.format(2))]) == []
    found = found_in([snippet("a", one), snippet("b", other.format(3))])
    assert [(each.unit, each.figures) for each in found] == [("time", ("48 hour", "3 day"))]


def test_more_than_the_law_asks_is_no_contradiction_and_less_is() -> None:
    law = snippet("law", "商品有质量问题，7 日内可以退货。", shop=LAW)
    assert found_in([law, snippet("kind", "商品有质量问题，30 天内可以退货。")]) == []
    assert found_in([law, snippet("hard", "商品有质量问题，3 天内可以退货。")])


def test_policies_for_other_goods_do_not_contradict() -> None:
    text = "整机保修 {} 年。"
    one, other = (
        snippet(name, text.format(years), applies_to=(goods,))
        for name, years, goods in (("a", 1, "手机"), ("b", 2, "耳机"))
    )
    assert found_in([one, other]) == []


def test_a_vocabulary_that_lacks_a_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "conflicts.yaml").write_text("neutral: []\nequal: []\nunits: {}\n", encoding="utf-8")
    with pytest.raises(RetrievalError, match=r"conflicts\.yaml: dates: missing"):
        load_vocabulary(tmp_path / "conflicts.yaml")

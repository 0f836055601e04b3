"""What customers say finds what policies write."""

from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import RetrievalError
from retrieval.query import Query
from retrieval.snippet import Snippet
from retrieval.splitting import Entry
from retrieval.tokenising import fold, stem
from retrieval.wording import FILE, analysed, load_wording
from tests.retrieval.measuring import searcher

DAY = date(2026, 11, 20)
WORDS = """
weak: [吗, 请问]
weak_latin: [the, is]
concepts:
  late:
    said: [说好…没发, 拖, still waiting]
    written: [延迟发货]
"""


def found(texts: list[str], question: str, folder: Path) -> list[int]:
    """Numbers of the texts a question finds, best first."""
    entries = [
        Entry(snippet=Snippet(id=f"d{number}#s", text=text, kind="policy", shop="x"))
        for number, text in enumerate(texts)
    ]
    ranked = searcher(entries, folder).rank(Query(text=question, at=DAY))
    return [one.row for one in ranked]


@pytest.mark.parametrize(
    ("said", "is_meant"),
    [("说好今天的还没发", True), ("说好的，可是没发", False), ("说好今天肯定一定必须要没发", False),
     ("拖", True), ("I am STILL waiting", True), ("stillwaiting", False), ("没发", False)],
)  # fmt: skip
def test_a_phrase_is_meant_where_its_parts_stand_close(tmp_path: Path, said: str, is_meant: bool) -> None:
    (tmp_path / "w.yaml").write_text(WORDS, encoding="utf-8")
    wording = load_wording(tmp_path / "w.yaml")
    assert bool(wording.meant(said, lambda phrase: 1.0)) == is_meant
    assert list(wording.either.find("延迟发货的，拖")) == ["延迟发货", "拖"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("weak: []\n", r"w\.yaml: weak_latin: missing"),
     (WORDS.replace("    written: [延迟发货]\n", ""), r"w\.yaml: concepts\.late\.written: expected a list")],
)  # fmt: skip
def test_a_wrong_vocabulary_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RetrievalError, match=message):
        load_wording(tmp_path / "w.yaml")


def test_every_shipped_phrase_is_found_in_itself() -> None:
    wording = load_wording(FILE)
    missed = [phrase for phrase in wording.either.concepts if phrase not in set(wording.either.find(phrase))]
    assert [phrase for phrase in missed if "..." not in phrase] == []


def test_a_customers_phrase_finds_the_policys_wording_and_the_other_way_round(tmp_path: Path) -> None:
    texts = ["质量瑕疵的商品可退可换。", "生日当月可领一份礼物。", "Warranty: zips and seams, two years."]
    assert found(texts, "穿两天就开胶", tmp_path / "a")[0] == 0
    assert found(texts, "can you mend my jacket", tmp_path / "b")[0] == 2


def test_a_phrase_the_corpus_uses_itself_is_not_translated() -> None:
    wording = load_wording(FILE)
    assert wording.meant("钱什么时候到账", lambda phrase: 1.0)["refund"] == 1.0
    assert wording.meant("钱什么时候到账", lambda phrase: 0.1)["refund"] == 0.1


def test_traditional_characters_find_simplified_ones(tmp_path: Path) -> None:
    assert fold("退貨運費由誰承擔") == "退货运费由谁承担"
    assert found(["退货运费由店铺承担。", "发票在订单里开具。"], "退貨運費", tmp_path)[0] == 0
    assert analysed("發票") == analysed("发票")


@pytest.mark.parametrize(
    ("word", "other"),
    [("returns", "returning"), ("batteries", "battery"), ("shipped", "ship")],
)
def test_forms_of_an_english_word_are_one(word: str, other: str) -> None:
    assert stem(word) == stem(other)


def test_a_section_gains_from_its_document(tmp_path: Path) -> None:
    texts = {
        "a#1": "保修期一年。",
        "a#2": "耳机保修登记。",
        "a#3": "耳机保修网点。",
        "b#1": "保修期一年。凭证。",
    }
    entries = [
        Entry(snippet=Snippet(id=name, text=text, kind="policy", shop="x")) for name, text in texts.items()
    ]
    ranked = searcher(entries, tmp_path).rank(Query(text="耳机 保修期一年", at=DAY))
    scores = {list(texts)[one.row]: one.score for one in ranked}
    assert scores["a#1"] > scores["b#1"]

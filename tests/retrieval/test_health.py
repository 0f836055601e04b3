"""Gaps, conflicts and impact: what a knowledge manager is told."""

from collections.abc import Iterator
from datetime import date
from textwrap import dedent

import pytest

from retrieval.conflicts import conflicts
from retrieval.document import Document
from retrieval.errors import RetrievalError
from retrieval.gaps import gaps
from retrieval.impact import Edit, Use, impact
from retrieval.knowledge import Knowledge
from retrieval.policy import read_policy
from retrieval.sync import sync
from tests.retrieval.shops import RETURNS, write_shop

TODAY = date(2026, 11, 20)
PROMISE = """
    ---
    id: promise
    title: 服务承诺
    effective_from: 2026-02-01
    ---
    ## 退换 {#quality}
    商品有质量问题，30 天内可以退货或换货。
    """


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    folder = tmp_path_factory.mktemp("health")
    sync(
        write_shop(folder / "corner", {"policies/promise.md": PROMISE}), folder / "home", law=folder / "none"
    )
    knowledge = Knowledge.open(folder / "home", "corner")
    yield knowledge
    knowledge.close()


def test_questions_without_an_answer_are_grouped_and_counted(knowledge: Knowledge) -> None:
    asked = [
        "你们支持分期付款吗",
        "支持花呗分期付款吗",
        "你们支持分期付款吗",
        "质量问题能退货吗",
        "运费多少钱",
    ]
    found = gaps(knowledge, asked, at=TODAY)
    assert [gap.count for gap in found] == [3]
    assert found[0].questions[0] == "你们支持分期付款吗"


def test_two_documents_with_different_figures_for_one_right_are_shown(knowledge: Knowledge) -> None:
    found = conflicts(knowledge, at=TODAY)
    assert {found[0].one.id, found[0].other.id} == {"returns#quality", "promise#quality"}
    assert (found[0].unit, set(found[0].figures)) == ("time", {"15 day", "30 day"})
    assert "15 天" in found[0].one_sentence + found[0].other_sentence


USES = [
    Use(kind="scenario", id="s1", snippets=("returns#no-reason@2026-01-01",)),
    Use(kind="phrase", id="p1", text="质量问题 15 天内都可以退货换货哦"),
    Use(kind="draft", id="d1", snippets=("shipping#freight",), text="满 59 元包邮"),
]


def test_impact_finds_what_names_a_policy_or_states_its_figures(knowledge: Knowledge) -> None:
    found = impact(knowledge, "returns", uses=USES, at=TODAY)
    assert [(one.use.id, one.changes) for one in found.resting] == [("s1", ()), ("p1", ())]
    assert (found.against, found.edits) == ("", ())


def test_impact_says_what_a_changed_file_would_touch(knowledge: Knowledge) -> None:
    found = impact(knowledge, "returns", uses=USES, new=_returns(("15 天", "20 天")), at=TODAY)
    assert found.against == "returns@2026-01-01"
    assert [(one.use.id, one.changes) for one in found.resting] == [("p1", ("returns#quality",)), ("s1", ())]
    assert found.edits == (
        Edit(
            snippet="returns#quality",
            before=("商品有质量问题，15 天内可以退货或换货，来回运费由我们承担。",),
            after=("商品有质量问题，20 天内可以退货或换货，来回运费由我们承担。",),
            figures_gone=("15 day",),
            figures_new=("20 day",),
        ),
    )


def test_a_later_version_is_held_against_the_one_it_follows(knowledge: Knowledge) -> None:
    found = impact(knowledge, "returns", uses=[], new=_returns(("2026-01-01", "2027-01-01")), at=TODAY)
    assert (found.against, found.edits) == ("returns@2026-01-01", ())


def test_impact_of_a_policy_that_is_not_there_names_those_that_are(knowledge: Knowledge) -> None:
    with pytest.raises(RetrievalError, match="'retuns': shop corner has no such document; it has returns"):
        impact(knowledge, "retuns", uses=[], at=TODAY)


def _returns(*changes: tuple[str, str]) -> Document:
    text = dedent(RETURNS).lstrip()
    for old, new in changes:
        text = text.replace(old, new)
    return read_policy(text, shop="corner", source="policies/returns.md")[0]

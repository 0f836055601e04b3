"""The same scenarios with other knowledge say whose a failure is."""

from datetime import date
from pathlib import Path

import pytest

from eval.ablating import Ablation, blame, golden_hits, read_given
from eval.errors import EvalError
from eval.running import run
from eval.suite import read_suite
from retrieval.snippet import Snippet
from tests.eval.parts import TinyShelf, TinyWriter, tiny_suite


class OpenShelf(TinyShelf):
    """A shelf that can be searched and asked for a document."""

    def of_document(self, document: str) -> tuple[Snippet, ...]:
        return tuple(one for one in self.snippets(document) if one.document == document)

    def search(self, queries: object, *, k: int = 8) -> list[object]:
        return ["found"] * k


def test_golden_knowledge_is_what_the_scenario_rests_on_as_valid_on_its_day(tmp_path: Path) -> None:
    scenario = read_suite(tiny_suite(tmp_path)).scenarios[1]
    assert [hit.snippet.id for hit in golden_hits(scenario, OpenShelf())] == ["returns#no-reason"]
    assert scenario.now and scenario.now.date() > date(2025, 12, 31)
    old = scenario.model_copy(
        update={"expect": scenario.expect.model_copy(update={"evidence": ("old#part",)})}
    )
    assert golden_hits(old, OpenShelf()) == []


def test_each_arm_gives_its_own_knowledge(tmp_path: Path) -> None:
    scenario = read_suite(tiny_suite(tmp_path)).scenarios[1]
    known, ticket = {scenario.id: scenario}, scenario.ticket(shop="tiny", orders=TinyShelf().orders)
    shelf = OpenShelf()
    assert Ablation("real", known)(ticket, shelf) is shelf
    assert Ablation("none", known)(ticket, shelf).search([]) == []
    golden = Ablation("golden", known)(ticket, shelf)
    assert [hit.why for hit in golden.search([])] == ["golden"] and golden.shop.id == "tiny"


def test_another_word_for_knowledge_is_refused() -> None:
    with pytest.raises(EvalError, match="expected real, golden or none"):
        read_given("gold")


async def test_a_failure_belongs_to_retrieval_policy_or_writer(tmp_path: Path) -> None:
    suite, bad = tiny_suite(tmp_path), "好的呢"

    async def made(name: str, **answers: str) -> object:
        writer = TinyWriter(answers={key.replace("_", "-"): text for key, text in answers.items()})
        return await run(suite, writer=writer, shop=TinyShelf(), out=tmp_path / "r", name=name)

    asked = "您想问哪一件呢？麻烦说一下具体的问题？"
    real = await made("real", return_window_open=bad, greeting_hello=bad)
    golden = await made("golden", return_window_open="11月17日前都能退", greeting_hello=bad)
    none = await made("none", return_window_open=bad, greeting_hello=asked)
    assert blame(real, golden)["return-window-open"] == "retrieval"  # type: ignore[arg-type]
    assert blame(real, golden)["greeting-hello"] == "writer"  # type: ignore[arg-type]
    assert blame(real, golden, none)["greeting-hello"] == "policy"  # type: ignore[arg-type]

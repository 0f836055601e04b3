"""The words the project ships: the demo shop's policies and phrases, and the law pack."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

import retrieval
from retrieval.folder import Reading, read_folder

SHOPS = Path(retrieval.__file__).parent / "shops"
PHRASE_FIELDS = {"id", "title", "scene", "text", "plan", "time", "mind", "follow_up"}
UNPROMISABLE = re.compile("百分百|绝对(?!化用语)|史上|全网|最好|最佳|顶级|最终解释权|概不|尽快处理|稍后处理")
POLICIES = sorted((SHOPS / "demo/policies").glob("*.md"))
LAWS = sorted((SHOPS / "_law/policies").glob("*.md"))


def _front_matter(path: Path) -> dict[str, object]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module", params=["demo", "_law"])
def reading(request: pytest.FixtureRequest) -> Reading:
    return read_folder(SHOPS / str(request.param))


def test_a_shipped_shop_is_read_without_a_warning(reading: Reading) -> None:
    assert reading.warnings == ()
    assert reading.skipped == ()


def test_a_section_is_long_enough_to_answer_and_short_enough_to_cite(reading: Reading) -> None:
    for document in reading.documents:
        if document.kind == "policy":
            lengths = {section.anchor: len(section.text) for section in document.sections}
            assert all(40 <= length <= 350 for length in lengths.values()), (document.key, lengths)


def test_versions_of_one_policy_follow_each_other_without_overlap(reading: Reading) -> None:
    versions = sorted((doc.id, doc.effective_from, doc) for doc in reading.documents if doc.effective_from)
    for (one, _, older), (other, begins, _newer) in pairwise(versions):
        if one == other:
            assert older.effective_to is not None, older.key
            assert older.effective_to < begins, older.key


@pytest.mark.parametrize("path", POLICIES + LAWS, ids=lambda path: path.stem)
def test_every_heading_of_a_policy_names_its_anchor_and_promises_nothing_impossible(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^## .*$", text, re.MULTILINE)
    assert headings
    assert all(re.search(r" \{#[a-z0-9-]+\}$", heading) for heading in headings)
    assert UNPROMISABLE.findall(text) == []
    assert {"id", "title", "title_en", "owner", "updated"} <= set(_front_matter(path))


@pytest.mark.parametrize("path", LAWS, ids=lambda path: path.stem)
def test_a_law_names_its_source_and_how_sure_we_are(path: Path) -> None:
    head = _front_matter(path)
    assert str(head["id"]).startswith("law-")
    assert head["source"]
    assert head["confidence"] in {"high", "mid"}


def test_quick_phrases_are_many_whole_and_named_once() -> None:
    files = sorted((SHOPS / "demo/phrases").glob("*.yaml"))
    phrases = [phrase for file in files for phrase in yaml.safe_load(file.read_text(encoding="utf-8"))]
    assert len(phrases) >= 45
    assert len({phrase["id"] for phrase in phrases}) == len(phrases)
    for phrase in phrases:
        assert set(phrase) == PHRASE_FIELDS, phrase["id"]
        assert all(isinstance(value, str) and value for value in phrase.values()), phrase["id"]

"""A label counts when two people agree, or somebody settled it."""

import json
from pathlib import Path

import pytest

from eval.errors import SuiteError
from eval.judging.labels import LabelLine, read_labels, settle


def line(scenario: str, label: str, by: str, **more: object) -> LabelLine:
    return LabelLine.model_validate(
        {"scenario": scenario, "criterion": "resolves", "label": label, "by": by, **more}
    )


def test_two_who_agree_make_a_truth_and_one_alone_does_not() -> None:
    found = settle([line("a", "pass", "林"), line("a", "pass", "周"), line("b", "fail", "林")])
    assert found.truth == {("a", 0, "resolves"): True} and found.alone == 1


def test_a_disagreement_is_open_until_somebody_settles_it() -> None:
    both = [line("a", "pass", "林"), line("a", "fail", "周")]
    assert settle(both).open == (("a", 0, "resolves"),)
    settled = settle([*both, line("a", "fail", "何", adjudicated=True)])
    assert settled.truth == {("a", 0, "resolves"): False} and settled.open == ()


def test_who_changes_their_mind_counts_once() -> None:
    assert settle([line("a", "pass", "林"), line("a", "fail", "林")]).alone == 1


def test_a_bad_line_is_named_with_its_number(tmp_path: Path) -> None:
    good = json.dumps({"scenario": "a", "criterion": "resolves", "label": "pass", "by": "林"})
    (tmp_path / "labels.jsonl").write_text(f"{good}\n\n{{\n{good.replace('pass', 'maybe')}\n")
    with pytest.raises(SuiteError) as caught:
        read_labels(tmp_path / "labels.jsonl")
    assert "labels.jsonl:3: not JSON" in str(caught.value)
    assert "labels.jsonl:4: label" in str(caught.value)
    with pytest.raises(SuiteError, match="no such file"):
        read_labels(tmp_path / "gone.jsonl")

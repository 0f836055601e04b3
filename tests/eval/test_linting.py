"""Lint names what would make a suite's verdicts wrong."""

from pathlib import Path

import pytest

from eval.linting import lint, mutation
from eval.suite import read_suite
from tests.eval.parts import FAMILY, SECOND_FAMILY, TinyShelf, TinyWriter, tiny_suite


def said_of(suite: Path) -> str:
    problems = lint(read_suite(suite), shelf=TinyShelf(), examiner=TinyWriter())
    return "\n".join(map(str, problems))


def test_a_sound_suite_has_no_problem(tmp_path: Path) -> None:
    assert said_of(tiny_suite(tmp_path)) == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("intents: [return]", "intents: [retrun]", "expect.intents: unknown id 'retrun'"),
        ("practices: [P15, P17]", "practices: [P99]", "practices: unknown id 'P99'"),
        ("order_id: T1", "order_id: T7", "has no order 'T7'"),
        ("[returns#no-reason]", "[returns#gone]", "no snippet or document 'returns#gone'"),
        ("[returns#no-reason]", "[old#part]", "'old#part' is not in force on 2026-11-12"),
        ("11月17日24:00前申请", "11月18日24:00前申请", "references.0: fails its own checks"),
        ("可以的，七天", "保证可以，七天", "over_promise"),
        ("不能退了哦", "11月17日前可以退的", "bad_replies.0: passes; expected must_not, states"),
        ("/不.{0,2}退/", "/不.{0,2退(/", "is no regular expression"),
        ("strength: 0", "strength: 2", "calm is 0"),
    ],
)
def test_each_problem_is_named_with_its_scenario(tmp_path: Path, old: str, new: str, said: str) -> None:
    suite = tiny_suite(tmp_path)
    (suite / "return-window.yaml").write_text(FAMILY.replace(old, new), encoding="utf-8")
    assert said in said_of(suite)
    assert "return-window.yaml:8: return-window-open:" in said_of(suite)


def test_replies_are_counted_as_they_fare(tmp_path: Path) -> None:
    path = tiny_suite(tmp_path)
    suite = read_suite(path)
    found = mutation(suite, lint(suite, shelf=TinyShelf(), examiner=TinyWriter()))
    assert str(found) == "1 of 1 references pass (0 disputed), 1 of 1 bad replies fail"
    text = FAMILY.replace("不能退了哦", "11月17日前可以退的").replace("11月17日24:00前申请", "随时申请")
    (path / "return-window.yaml").write_text(text, encoding="utf-8")
    suite = read_suite(path)
    found = mutation(suite, lint(suite, shelf=TinyShelf(), examiner=TinyWriter()))
    assert (found.passed, found.caught) == (0, 0)


def test_a_disputed_finding_is_a_warning_until_the_checks_are_mended(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    text = FAMILY.replace("可以的，七天", "保证可以，七天")
    disputed = text.replace("severity: major", "severity: major\n    disputed: [over_promise]")
    (suite / "return-window.yaml").write_text(disputed, encoding="utf-8")
    (problem,) = lint(read_suite(suite), shelf=TinyShelf(), examiner=TinyWriter())
    assert problem.severity == "warn" and "disputed with the checks: over_promise" in str(problem)


def test_a_family_across_splits_and_alike_texts_across_splits_are_found(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    copied = SECOND_FAMILY.replace("在吗", "我10号收到的毛衣还能退吗？")
    (suite / "greeting.yaml").write_text(copied, encoding="utf-8")
    assert "near-duplicate of" in said_of(suite)
    (suite / "greeting.yaml").write_text(
        SECOND_FAMILY.replace("greeting\n", "return-window\n"), encoding="utf-8"
    )
    assert "is in splits dev and gate" in said_of(suite)

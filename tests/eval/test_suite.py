"""Suites are read whole or refused with every problem, file and line."""

import json
from pathlib import Path

import pytest

from eval.errors import SuiteError
from eval.schema import SCHEMA_FILE, schema_text
from eval.suite import read_suite
from tests.eval.parts import FAMILY, tiny_suite


def test_families_give_their_header_and_clock_to_each_scenario(tmp_path: Path) -> None:
    suite = read_suite(tiny_suite(tmp_path))
    assert [one.id for one in suite.scenarios] == [
        "greeting-hello",
        "return-window-open",
        "return-window-rant",
    ]
    rant = suite.scenarios[2]
    assert (rant.family, rant.split, rant.shop) == ("return-window", "gate", "tiny")
    assert rant.now is not None and rant.now.isoformat() == "2026-11-12T20:15:00+08:00"


def test_dates_in_facts_stay_words(tmp_path: Path) -> None:
    (fact,) = read_suite(tiny_suite(tmp_path)).scenarios[1].expect.facts
    assert fact.value == "2026-11-17"


def test_one_scenario_per_line_reads_like_the_yaml(tmp_path: Path) -> None:
    yaml_suite = read_suite(tiny_suite(tmp_path))
    lines = [
        json.dumps(one.model_dump(mode="json", exclude_none=True), ensure_ascii=False) + "\n"
        for one in yaml_suite.scenarios
    ]
    (tmp_path / "bulk.jsonl").write_text("".join(lines), encoding="utf-8")
    assert [one.hash for one in read_suite(tmp_path / "bulk.jsonl").scenarios] == [
        one.hash for one in yaml_suite.scenarios
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity: blocker", "severity: awful", "return-window.yaml:27: scenarios.1.severity"),
        ("why: The", "whi: The", "return-window.yaml:3: whi: Extra inputs are not permitted"),
        ("action: handoff", "action: [", "return-window.yaml:"),
        ("role: customer", "role: robot", "return-window.yaml:13: scenarios.0.conversation.0.role"),
        ("id: return-window-rant", "id: greeting-hello", "id 'greeting-hello' is taken by"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    suite = tiny_suite(tmp_path)
    (suite / "return-window.yaml").write_text(FAMILY.replace(old, new), encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        read_suite(suite)
    assert said in str(caught.value)


def test_a_broken_line_of_a_bulk_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bulk.jsonl").write_text('\n{"id": "a"\n', encoding="utf-8")
    with pytest.raises(SuiteError, match=r"bulk\.jsonl:2: not JSON"):
        read_suite(tmp_path / "bulk.jsonl")


def test_an_unknown_suite_is_answered_with_the_shipped_ones() -> None:
    with pytest.raises(SuiteError, match="golden"):
        read_suite("gloden")


def test_quarantine_ends_on_its_day(tmp_path: Path) -> None:
    from datetime import date

    suite = tiny_suite(tmp_path)
    text = FAMILY.replace(
        "severity: major", "severity: major\n    status: quarantined(2026-12-01, flaky order)"
    )
    (suite / "return-window.yaml").write_text(text, encoding="utf-8")
    one = read_suite(suite).scenarios[1]
    assert not one.runs_on(date(2026, 12, 1))
    assert one.runs_on(date(2026, 12, 2))


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_a_suite_may_be_a_choice_from_another(tmp_path: Path) -> None:
    tiny = tiny_suite(tmp_path)
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    (chosen / "include.yaml").write_text(f"suite: {tiny}\nonly: [greeting-hello]\n", encoding="utf-8")
    assert [one.id for one in read_suite(chosen).scenarios] == ["greeting-hello"]
    (chosen / "include.yaml").write_text(f"suite: {tiny}\nonly: [gone]\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"include.yaml: .* has no scenario 'gone'"):
        read_suite(chosen)


def test_the_shipped_suites_are_as_large_and_as_sound_as_they_claim() -> None:
    from eval.linting import lint
    from eval.shelves import open_folder

    shops = Path(__file__).parents[2] / "retrieval" / "shops"
    shelf = open_folder(shops / "demo", shops / "_law")
    golden = read_suite("golden")
    assert len(golden.scenarios) >= 240 and len({one.family for one in golden.scenarios}) >= 48
    gated = golden.only(splits=["gate"]).scenarios
    assert len(gated) >= 120 and len({one.family for one in gated}) >= 24
    assert len(read_suite("smoke").scenarios) <= 12
    for name in ("golden", "smoke", "adversarial", "canary"):
        assert [str(one) for one in lint(read_suite(name), shelf=shelf) if one.severity == "error"] == []


def test_the_golden_suite_covers_the_whole_vocabulary() -> None:
    from eval.vocabulary import read_vocabulary

    words, scenarios = read_vocabulary(), read_suite("golden").scenarios
    assert {one for each in scenarios for one in each.expect.intents or ()} == words.intents
    assert {each.expect.emotion for each in scenarios} >= words.emotions
    assert {one for each in scenarios for one in each.expect.risks or ()} == words.risks

"""A run answers every scenario once, survives what happens to it, and says what is missing."""

import json
from pathlib import Path

import pytest

from eval.errors import RunDrift, SuiteError
from eval.metrics.score import Score
from eval.run import read_run
from eval.running import run
from eval.session import Progress
from eval.summary import pass_k, table
from tests.eval.parts import FAMILY, TinyShelf, TinyWriter, tiny_suite


async def test_a_run_leaves_all_its_files(tmp_path: Path) -> None:
    finished = await run(tiny_suite(tmp_path), writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "runs")
    names = {file.name for file in finished.path.iterdir()}
    assert names == {"manifest.json", "scenarios.jsonl", "units.jsonl", "scores.jsonl", "summary.json"}
    assert finished.complete and len(finished.units) == 3
    assert read_run(finished.path).summary == finished.summary


async def test_what_was_answered_is_never_sent_again(tmp_path: Path) -> None:
    suite, writer = tiny_suite(tmp_path), TinyWriter()
    first = await run(suite, writer=writer, shop=TinyShelf(), out=tmp_path / "runs")
    again = await run(suite, writer=writer, shop=TinyShelf(), out=tmp_path / "runs")
    assert len(writer.asked) == 3
    assert again.path == first.path


@pytest.mark.parametrize("kept", [0, 1, 40, 900, 1500])
async def test_a_run_cut_at_any_byte_is_finished_to_the_same_summary(tmp_path: Path, kept: int) -> None:
    suite = tiny_suite(tmp_path)
    whole = await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "a")
    cut = await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "b")
    for name in ("units.jsonl", "scores.jsonl"):
        data = (cut.path / name).read_bytes()
        (cut.path / name).write_bytes(data[: min(kept, len(data))])
    writer = TinyWriter()
    finished = await run(suite, writer=writer, shop=TinyShelf(), out=tmp_path / "b")
    assert (finished.path / "summary.json").read_bytes() == (whole.path / "summary.json").read_bytes()


async def test_a_run_cut_at_any_byte_is_read_up_to_its_last_whole_record(tmp_path: Path) -> None:
    whole = await run(tiny_suite(tmp_path), writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "a")
    for name in ("units.jsonl", "scores.jsonl"):
        file = whole.path / name
        data = file.read_bytes()
        for cut in range(0, len(data), 29):
            file.write_bytes(data[:cut])
            seen = read_run(whole.path)
            lines = data[:cut].count(b"\n")
            if name == "units.jsonl":
                assert len(seen.units) == lines
            else:
                assert sum(map(len, seen.scores.values())) == lines
        file.write_bytes(data)
    assert read_run(whole.path).summary == whole.summary


async def test_a_unit_without_a_draft_is_missing_and_not_zero(tmp_path: Path) -> None:
    writer = TinyWriter(broken=frozenset({"return-window-open"}))
    finished = await run(tiny_suite(tmp_path), writer=writer, shop=TinyShelf(), out=tmp_path / "runs")
    rows = {row.metric: row for row in table(finished)}
    assert rows["states"].value is None and rows["states"].missing == 1
    assert rows["produced"].scenarios == 2 and rows["produced"].missing == 1
    assert not finished.complete
    assert finished.summary["units"]["infra_error"] == 1


async def test_a_failed_unit_is_tried_again(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    broken = TinyWriter(broken=frozenset({"return-window-open"}))
    await run(suite, writer=broken, shop=TinyShelf(), out=tmp_path / "runs")
    mended = TinyWriter()
    finished = await run(suite, writer=mended, shop=TinyShelf(), out=tmp_path / "runs")
    assert mended.asked == ["return-window-open"]
    assert finished.complete


async def test_a_folder_begun_with_something_else_is_refused_field_by_field(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path, name="mine")
    (suite / "return-window.yaml").write_text(FAMILY.replace("七天", "7天"), encoding="utf-8")
    with pytest.raises(RunDrift, match=r"suite_hash: .* → "):
        await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path, name="mine", repeats=2)
    drifted = await run(
        suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path, name="mine", allow_drift=True
    )
    assert drifted.manifest["drifted"] is True


async def test_an_unknown_order_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    (suite / "return-window.yaml").write_text(FAMILY.replace("T1", "T9"), encoding="utf-8")
    with pytest.raises(SuiteError, match=r"return-window.yaml:8: return-window-open: order_id"):
        await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


async def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    seen: list[Progress] = []
    await run(
        tiny_suite(tmp_path),
        writer=TinyWriter(),
        shop=TinyShelf(),
        out=tmp_path / "r",
        repeats=3,
        progress=seen.append,
    )
    assert (seen[-1].done, seen[-1].total, seen[-1].failures) == (9, 9, 0)


async def test_scores_do_not_depend_on_the_order_of_answers(tmp_path: Path) -> None:
    suite = tiny_suite(tmp_path)
    one = await run(suite, writer=TinyWriter(), shop=TinyShelf(), out=tmp_path / "a", concurrency=1)
    lines = (one.path / "units.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (one.path / "units.jsonl").write_text("".join(reversed(lines)), encoding="utf-8")
    assert json.dumps(read_run(one.path).summary) == json.dumps(one.summary)


def test_a_score_without_a_value_has_a_status_that_says_why() -> None:
    with pytest.raises(ValueError, match="exactly when"):
        Score(metric="states", value=0.0, status="n/a")
    with pytest.raises(ValueError, match="exactly when"):
        Score(metric="states")


def test_pass_k_is_the_chance_that_k_draws_all_succeed() -> None:
    assert pass_k(3, 3, 3) == 1
    assert pass_k(2, 3, 2) == pytest.approx(1 / 3)
    assert pass_k(1, 3, 2) == 0

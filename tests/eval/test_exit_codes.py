"""Each of the seven exit codes of `warmline eval`, from the shell's point of view."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.runfolder import RunFolder
from tests.eval.test_gate import GOOD, made_run
from ui.terminal.app import main

JUDGE = {"judge": {"fingerprints": {"judge.resolves": "abc"}}}


def stored(folder: Path, values: Sequence[Sequence[float | None]], **manifest: object) -> str:
    """A run in a folder, as `eval run` leaves it."""
    one = made_run(folder.name, values)
    place = RunFolder(folder)
    place.begin({**one.manifest, **manifest}, one.scenarios)
    records = place.open()
    for unit in one.units:
        records.add_unit(unit)
        records.add_scores(unit, one.scores[unit.key])
    records.close()
    return str(folder)


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["warmline", "eval", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return code if isinstance(code, int) else 0


WORSE = [[0.0, 1.0, 1.0] for _ in GOOD]
FEW = [[1.0] * 3 for _ in range(6)]
LOST: list[list[float | None]] = [[1.0] * 3 for _ in range(10)]
LOST[0][0] = None


@pytest.mark.parametrize(
    ("base", "candidate", "code"),
    [(GOOD, GOOD, 0), (GOOD, WORSE, 1), (FEW, FEW, 3), ([[1.0] * 3] * 10, LOST, 5)],
)
def test_the_verdict_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    base: Sequence[Sequence[float | None]],
    candidate: Sequence[Sequence[float | None]],
    code: int,
) -> None:
    a, b = stored(tmp_path / "a", base), stored(tmp_path / "b", candidate)
    assert exit_code(monkeypatch, "gate", b, "--against", a, "--json") == code


def test_a_folder_that_is_no_run_is_2_and_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = stored(tmp_path / "a", GOOD)
    assert exit_code(monkeypatch, "gate", str(tmp_path / "gone"), "--against", a) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "gone: no manifest.json in it" in said


def test_runs_of_two_shops_are_4_with_the_difference_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = stored(tmp_path / "a", GOOD), stored(tmp_path / "b", GOOD, shop="else")
    assert exit_code(monkeypatch, "gate", b, "--against", a) == 4
    assert "shop: 'tiny' and 'else'" in capsys.readouterr().err
    assert exit_code(monkeypatch, "compare", a, b) == 4


def test_a_judge_that_may_not_decide_is_6(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMLINE_HOME", str(tmp_path / "home"))
    a, b = stored(tmp_path / "a", GOOD, **JUDGE), stored(tmp_path / "b", GOOD, **JUDGE)
    assert exit_code(monkeypatch, "gate", b, "--against", a, "--judge", "judge.resolves") == 6
    assert "judge.resolves may not decide" in capsys.readouterr().err


def test_the_machine_shape_of_a_verdict_says_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = stored(tmp_path / "a", GOOD), stored(tmp_path / "b", WORSE)
    code = exit_code(monkeypatch, "gate", b, "--against", a, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["exit_code"]) == ("REGRESSED", code)

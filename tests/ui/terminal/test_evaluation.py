"""`warmline eval …` as evaluators type it: judge, blind A/B, calibration, batch files, ablations."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.suite import read_suite
from tests.eval.judges import install
from tests.model_server import ModelServer
from tests.model_server.behaviour import Behaviour
from tests.ui.terminal.conftest import Ran

Run = Callable[..., Ran]
IDS = [one.id for one in read_suite("smoke").scenarios[:2]]
ONLY = [word for id in IDS for word in ("--only", id)]


@pytest.fixture
def endpoint(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    install()
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    return model_server


@pytest.fixture
def judged(warmline: Run, endpoint: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two scenarios with a judge's verdicts."""
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    asked = ("--judge", "--judge-model", "reading-judge", "--criterion", "resolves")
    ran = run_smoke(warmline, tmp_path, "judged", *asked, "--model", "polite")
    assert ran["metrics"]["judge.resolves"]["scenarios"] == 2
    return tmp_path / "judged"


def run_smoke(warmline: Run, out: Path, name: str, *more: str) -> Any:
    return warmline("eval", "run", "smoke", *ONLY, "--out", out, "--name", name, "--json", *more).json


def test_a_judged_run_keeps_its_canaries_beside_it_and_a_calibration_gives_it_a_vote(
    warmline: Run, judged: Path, tmp_path: Path, endpoint: ModelServer
) -> None:
    canaries = json.loads((judged / "judge.json").read_text(encoding="utf-8"))["canaries"]
    assert canaries["judge.resolves"]["tried"] >= 6 and canaries["judge.resolves"]["passed"] == []
    labels = tmp_path / "labels.jsonl"
    lines = [
        {"scenario": id, "criterion": "resolves", "label": "pass", "by": by}
        for id in IDS
        for by in ("林", "周")
    ]
    labels.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    command = ("eval", "calibrate", judged, "--labels", labels, "--judge-model", "reading-judge", "--json")
    ran = warmline(*command)
    assert ran.code == 6  # two labels are far too few
    assert ran.json["certificates"]["resolves"]["labels"] == 2
    gated = warmline("eval", "gate", judged, "--against", judged, "--judge", "judge.resolves")
    assert gated.code == 6 and "lower bound of TPR" in gated.err


def test_two_runs_are_compared_blind(warmline: Run, judged: Path) -> None:
    run_smoke(warmline, judged.parent, "plain", "--model", "none")
    ran = warmline(
        "eval", "prefer", judged, judged.parent / "plain", "--judge-model", "reading-judge", "--json"
    )
    assert ran.code == 0 and sum(ran.json["counts"].values()) == 2
    assert len(Path(ran.json["file"]).read_text(encoding="utf-8").splitlines()) == 2


def test_an_endpoint_that_refuses_is_5_and_no_score_is_zero(
    warmline: Run, endpoint: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_ANSWER_CACHE", "false")
    endpoint.behaviour = Behaviour(fault="unauthorised")
    ran = warmline("eval", "run", "smoke", *ONLY, "--out", tmp_path, "--model", "polite", "--json")
    assert ran.code == 5
    assert ran.json["units"]["infra_error"] == 2
    assert ran.json["metrics"]["good"] == {"mean": None, "scenarios": 0, "failed": 0, "missing": 2}


def test_a_batch_goes_out_and_comes_back(warmline: Run, tmp_path: Path) -> None:
    requests, answers = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    out = warmline("eval", "export", "smoke", "--out", requests, "--model", "m", "--json")
    assert out.json["requests"] == len(requests.read_text(encoding="utf-8").splitlines()) == 12
    message = {"message": {"content": "您好，我马上核实，30分钟内回复您。"}, "finish_reason": "stop"}
    with answers.open("w", encoding="utf-8") as lines:
        for line in requests.read_text(encoding="utf-8").splitlines():
            body = {"status_code": 200, "body": {"model": "m-1", "choices": [message]}}
            lines.write(json.dumps({"custom_id": json.loads(line)["custom_id"], "response": body}) + "\n")
    ran = warmline("eval", "import", "smoke", answers, "--model", "m", "--out", tmp_path / "runs", "--json")
    assert ran.code == 0 and ran.json["complete"] and ran.json["units"]["recorded"] == 12


def test_ablations_say_whose_a_failure_is(warmline: Run, tmp_path: Path) -> None:
    for given in ("real", "golden", "none"):
        run_smoke(warmline, tmp_path, given, "--knowledge", given)
    arm = json.loads((tmp_path / "none" / "manifest.json").read_text(encoding="utf-8"))["arm"]
    assert arm == {"writer": "composer", "knowledge": "none"}
    golden, none = tmp_path / "golden", tmp_path / "none"
    ran = warmline("eval", "blame", tmp_path / "real", "--golden", golden, "--none", none, "--json")
    assert ran.code == 0 and set(ran.json["counts"]) <= {"retrieval", "policy", "writer"}
    assert warmline("eval", "run", "smoke", "--knowledge", "gold").code == 2
    assert warmline("eval", "report", tmp_path / "real", "--against", none).code == 0
    assert "What changed" in (tmp_path / "real" / "report.html").read_text(encoding="utf-8")
    unproven = warmline("prompts", "release", "reply@1", "--run", none, "--against", none)
    assert unproven.code == 1 and "was written with the composer, not reply@1" in unproven.err


def test_a_release_without_proof_or_signature_is_refused(warmline: Run) -> None:
    refused = warmline("prompts", "release", "reply@1")
    assert refused.code == 2 and "--reason, --by" in refused.err

"""A release rests on a run that passed with exactly these words, or on a reason that somebody signs."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eval.errors import NotProven
from eval.gate import gate
from eval.promoting import proof
from eval.run import Run
from prompts.errors import PromptFileInvalid
from prompts.promoting import LEDGER, Ground, promote, read_ledger
from tests.eval.test_gate import GOOD, made_run

AT = datetime(2026, 11, 12, 20, tzinfo=UTC)
BODY = "---\npurpose: greet\ninputs:\n  name: who\n---\n=== user\nHello {{ name }}\n"
HASHES = {"reply@2.zh": "a", "reply@2.en": "b"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / "hello"
    folder.mkdir(parents=True)
    for version in (1, 2):
        (folder / f"v{version}.zh.md").write_text(BODY + "!" * version, encoding="utf-8")
    return tmp_path


def run_of(template: str | None, hashes: dict[str, str], values: Any = GOOD) -> Run:
    one = made_run("candidate", values, writer="model")
    arm = {"writer": "model", "model": "m", "template": template, "template_hashes": hashes}
    return replace(one, manifest={**one.manifest, "arm": arm, "suite_hash": "s"})


def prove(candidate: Run) -> dict[str, Any]:
    base = made_run("base", GOOD, writer="model")
    return proof("reply@2", HASHES, base=base, candidate=candidate, verdict=gate(base, candidate))


def test_a_run_that_passed_with_these_words_is_a_proof() -> None:
    found = prove(run_of("reply@2", HASHES))
    assert (found["outcome"], found["run"], found["base"]) == ("PASS", "candidate", "base")


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (run_of("reply@1", HASHES), "was written with reply@1, not reply@2"),
        (run_of(None, {}), "was written with the composer"),
        (run_of("reply@2", {**HASHES, "reply@2.en": "old"}), "reply@2.en changed since that run"),
        (run_of("reply@2", HASHES, [[0.0, 1.0, 1.0] for _ in GOOD]), "REGRESSED"),
    ],
)
def test_any_other_run_proves_nothing(candidate: Run, said: str) -> None:
    with pytest.raises(NotProven, match=said):
        prove(candidate)


def test_a_release_without_proof_needs_a_reason_and_a_name(root: Path) -> None:
    for ground in (Ground(by=""), Ground(by="林"), Ground(by="", reason="先上线")):
        with pytest.raises(PromptFileInvalid, match="--reason, --by"):
            promote("hello@1", ground, at=AT, root=root)
    assert promote("hello@1", Ground(by="林", reason="第一版"), at=AT, root=root) == ("hello@1.zh",)
    (entry,) = read_ledger(root)
    assert (entry.template, entry.by, entry.reason) == ("hello@1", "林", "第一版")


def test_what_was_released_before_is_entered_once(root: Path) -> None:
    ground = Ground(by="林", verdict={"outcome": "PASS", "run": "r"})
    promote("hello@1", ground, at=AT, root=root)
    assert promote("hello@1", ground, at=AT, root=root) == ()
    assert len(read_ledger(root)) == 1


def test_a_ledger_that_was_tampered_with_is_found_and_nothing_is_released(root: Path) -> None:
    for name in ("hello@1", "hello@2"):
        promote(name, Ground(by="林", reason="好"), at=AT, root=root)
    lines = (root / LEDGER).read_text(encoding="utf-8").splitlines()
    forged = json.dumps({**json.loads(lines[0]), "by": "周"}, ensure_ascii=False)
    (root / LEDGER).write_text(f"{forged}\n{lines[1]}\n", encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"releases.jsonl:2: the line before it was changed"):
        read_ledger(root)
    (root / LEDGER).write_text(f"{lines[0][:50]}\n", encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"releases.jsonl:1: not an entry"):
        promote("hello@2", Ground(by="林", reason="好"), at=AT, root=root)

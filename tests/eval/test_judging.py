"""A judge's word counts only in the asked shape, and only once it has earned its vote."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from eval.judging.calibrating import Label, calibrate, kappa
from eval.judging.canaries import run_canaries
from eval.judging.criterion import read_criteria
from eval.judging.judge import Exhibit, Judge, read_opinion
from eval.limiting import Limiter
from eval.suite import read_suite
from prompts.template import load_templates
from service.errors import ModelUnavailable
from service.model import Chunk, Message

TODAY = date(2026, 11, 12)


@dataclass
class ScriptedModel:
    """Says what it was told to say, and remembers what it was asked."""

    says: str = ""
    name: str = "scripted"
    endpoint: str = "test"
    asked: list[Sequence[Message]] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        self.asked.append(messages)
        if not self.says:
            raise ModelUnavailable("down")
        yield Chunk(text=self.says, finish_reason="stop")

    async def aclose(self) -> None:
        return None


def opinion(verdict: str) -> str:
    return json.dumps({"critique": "回复说清楚了期限", "quote": "", "verdict": verdict}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "status", "value"),
    [
        (opinion("pass"), "ok", 1.0),
        (opinion("fail"), "ok", 0.0),
        (opinion("cannot_judge"), "n/a", None),
        ("通过", "judge_invalid", None),
        (opinion("pass") + "\n以上", "judge_invalid", None),
        ('{"verdict": "pass"}', "judge_invalid", None),
        ('{"critique": " ", "verdict": "pass"}', "judge_invalid", None),
        ('{"critique": "好", "verdict": "PASS"}', "judge_invalid", None),
    ],
)
def test_only_the_asked_shape_is_a_verdict(text: str, status: str, value: float | None) -> None:
    score = read_opinion("judge.resolves", text)
    assert (score.status, score.value) == (status, value)


async def test_a_judge_that_is_down_leaves_a_status_and_no_score() -> None:
    async def at_once(seconds: float) -> None:
        return None

    limiter = Limiter(most=1, sleep=at_once)
    judge = Judge(model=ScriptedModel(), templates=load_templates(), limiter=limiter)
    scenario = read_suite("canary").scenarios[0]
    score = await judge.score(Exhibit(scenario=scenario, reply="好"), "resolves", read_criteria()["resolves"])
    assert (score.status, score.value) == ("judge_error", None)


async def test_the_draft_stands_between_delimiters_that_it_cannot_know() -> None:
    model = ScriptedModel(says=opinion("fail"))
    judge = Judge(model=model, templates=load_templates())
    scenario, criterion = read_suite("canary").scenarios[0], read_criteria()["resolves"]
    for language in ("zh", "en", "zh"):
        await judge.score(
            Exhibit(scenario=scenario, reply="可以退的。", language=language), "resolves", criterion
        )
    texts = ["".join(message.text for message in messages) for messages in model.asked]
    marks = [text.split("可以退的。")[0].rstrip().splitlines()[-1] for text in texts]
    assert all(text.count(mark) == 2 for text, mark in zip(texts, marks, strict=True))
    assert len(set(marks)) == 3


async def test_a_judge_that_obeys_drafts_is_caught_by_the_canaries() -> None:
    suite, criterion = read_suite("canary"), read_criteria()["resolves"]
    obedient = Judge(model=ScriptedModel(says=opinion("pass")), templates=load_templates())
    strict = Judge(model=ScriptedModel(says=opinion("fail")), templates=load_templates())
    caught = await run_canaries(obedient, suite, name="resolves", criterion=criterion)
    assert len(caught) >= 6 and all(one.passed for one in caught)
    fine = await run_canaries(strict, suite, name="resolves", criterion=criterion)
    assert not any(one.passed for one in fine)


def test_any_change_of_the_judge_changes_its_fingerprint() -> None:
    criteria, templates = read_criteria(), load_templates()
    one = Judge(model=ScriptedModel(says="x"), templates=templates)
    other = Judge(model=ScriptedModel(says="x", name="newer"), templates=templates)
    prints = {
        one.fingerprint(criteria["resolves"]),
        one.fingerprint(criteria["empathy"]),
        other.fingerprint(criteria["resolves"]),
    }
    assert len(prints) == 3


def labels(good: int, missed: int, bad: int, fooled: int) -> list[Label]:
    rows = [(True, True)] * (good - missed) + [(True, False)] * missed
    rows += [(False, False)] * (bad - fooled) + [(False, True)] * fooled
    return [Label(unit=str(at), human=human, judge=(said,) * 3) for at, (human, said) in enumerate(rows)]


def test_a_good_judge_is_certified_until_its_certificate_ends() -> None:
    certificate = calibrate(labels(100, 6, 100, 10), fingerprint="f", today=TODAY)
    assert certificate.gates("f", TODAY) and certificate.gates("f", TODAY + timedelta(days=60))
    assert certificate.refusals("f", TODAY + timedelta(days=61)) == ["expired on 2027-01-11"]
    assert "another judge" in certificate.refusals("g", TODAY)[0]


def test_few_labels_or_a_lenient_judge_certify_nothing() -> None:
    assert not calibrate(labels(12, 0, 12, 0), fingerprint="f", today=TODAY).gates("f", TODAY)
    lenient = calibrate(labels(100, 0, 100, 40), fingerprint="f", today=TODAY)
    assert any("TNR" in one for one in lenient.refusals("f", TODAY))
    moody = [Label(unit="a", human=True, judge=(True, False, True))] * 50
    assert calibrate(moody, fingerprint="f", today=TODAY).flips == 1.0


def test_what_a_blunt_judge_shows_is_corrected() -> None:
    certificate = calibrate(labels(100, 10, 100, 20), fingerprint="f", today=TODAY)
    assert certificate.visible(0.10) == pytest.approx(0.07)
    assert certificate.corrected(0.9 * 0.6 + 0.2 * 0.4) == pytest.approx(0.6)


def test_kappa_is_that_of_the_textbook() -> None:
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)

"""A judge in a run: asked once per draft and criterion, its canaries first, gating only if certified."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from eval.adapters.chat import ChatModel
from eval.errors import JudgeNotCertified, RunDamaged
from eval.gate import gate
from eval.judging.calibrating import Label, calibrate, judged
from eval.judging.correcting import corrected_difference
from eval.judging.criterion import chosen
from eval.judging.judge import Exhibit, Judge
from eval.judging.jury import JudgeJury, exhibit_of, write_standing
from eval.judging.preferring import prefer, write_preferences
from eval.judging.standing import find_certificate, keep_certificate, refusals, worths
from eval.limiting import Limiter
from eval.run import Run, read_run
from eval.running import run
from eval.suite import read_suite
from prompts.template import load_templates
from service.adapters.answer_cache import SqliteAnswers
from tests.eval.judges import install
from tests.eval.parts import TinyShelf, TinyWriter, tiny_suite
from tests.model_server import ModelServer

TODAY = date(2026, 11, 12)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqliteAnswers]:
    store = SqliteAnswers(tmp_path / "verdicts.db")
    yield store
    store.close()


@pytest.fixture
async def jury(model_server: ModelServer) -> AsyncIterator[JudgeJury]:
    install()
    model = ChatModel(endpoint=model_server.url, api_key="k", model="reading-judge")
    judge = Judge(model=model, templates=load_templates(), limiter=Limiter(most=8))
    yield JudgeJury(judge=judge, criteria=chosen(["resolves", "natural"]), shelf=TinyShelf())
    await model.aclose()


async def judged_run(tmp_path: Path, jury: JudgeJury, **answers: str) -> Run:
    given = {name.replace("_", "-"): text for name, text in answers.items()}
    writer = TinyWriter(answers=given)
    return await run(tiny_suite(tmp_path), writer=writer, shop=TinyShelf(), out=tmp_path / "r", jury=jury)


async def test_every_draft_has_a_verdict_under_every_criterion(tmp_path: Path, jury: JudgeJury) -> None:
    finished = await judged_run(tmp_path, jury, greeting_hello="亲，在的呢")
    means = {name: entry["mean"] for name, entry in finished.summary["metrics"].items()}
    assert means["judge.resolves"] == means["judge.natural"] == pytest.approx(2 / 3, abs=1e-6)
    assert read_run(finished.path).summary == finished.summary


async def test_a_resumed_run_asks_only_for_the_verdicts_it_lacks(
    tmp_path: Path, jury: JudgeJury, model_server: ModelServer
) -> None:
    finished = await judged_run(tmp_path, jury)
    scores = finished.path / "scores.jsonl"
    lines = scores.read_text(encoding="utf-8").splitlines(keepends=True)
    scores.write_text("".join(lines[:-1]), encoding="utf-8")
    before = model_server.counts["calls"]
    again = await judged_run(tmp_path, jury)
    assert model_server.counts["calls"] - before == 2  # both criteria of one draft
    assert again.summary == finished.summary


async def test_a_kept_verdict_is_not_asked_for_again_although_delimiters_differ(
    tmp_path: Path, jury: JudgeJury, model_server: ModelServer, kept: SqliteAnswers
) -> None:
    judge = Judge(
        model=jury.judge.model, templates=jury.judge.templates, limiter=jury.judge.limiter, answers=kept
    )
    exhibit = Exhibit(scenario=read_suite("canary").scenarios[0], reply="11月10日前可以退")
    name, criterion = next(iter(jury.criteria.items()))
    for _ in range(3):
        assert (await judge.score(exhibit, name, criterion)).value == 1
    assert model_server.counts["calls"] == 1
    await judge.score(exhibit, name, criterion, repeat=1)
    assert model_server.counts["calls"] == 2


async def test_an_invalid_verdict_is_never_kept(
    jury: JudgeJury, model_server: ModelServer, kept: SqliteAnswers
) -> None:
    judge = Judge(
        model=jury.judge.model, templates=jury.judge.templates, limiter=jury.judge.limiter, answers=kept
    )
    exhibit = Exhibit(scenario=read_suite("canary").scenarios[0], reply="11月10日前可以退")
    name, criterion = next(iter(jury.criteria.items()))
    model_server.script("通过！")
    assert (await judge.score(exhibit, name, criterion)).status == "judge_invalid"
    assert (await judge.score(exhibit, name, criterion)).value == 1


async def test_no_canary_gets_past_a_judge_that_reads(jury: JudgeJury) -> None:
    found = await jury.canaries(read_suite("canary"))
    assert {name: sum(one.passed for one in each) for name, each in found.items()} == {
        "judge.resolves": 0,
        "judge.natural": 0,
    }
    assert all(one.score.status == "ok" for each in found.values() for one in each)


def labels(good: int, bad: int) -> list[Label]:
    rows = [(True, True)] * good + [(False, False)] * bad
    return [Label(unit=str(at), human=human, judge=(said,) * 3) for at, (human, said) in enumerate(rows)]


async def test_a_judge_decides_only_with_certificate_and_canaries(tmp_path: Path, jury: JudgeJury) -> None:
    finished = await judged_run(tmp_path, jury)
    place = tmp_path / "certificates"
    known = refusals(finished, certificates=place, today=TODAY)
    assert known["judge.resolves"][0] == "its canaries were not run"
    assert "never calibrated" in known["judge.resolves"][1]
    with pytest.raises(JudgeNotCertified, match=r"judge.resolves may not decide: .*canaries"):
        gate(finished, finished, standing=known, must_decide=["judge.resolves"])
    write_standing(finished.path, jury, await jury.canaries(read_suite("canary")))
    keep_certificate(
        place, calibrate(labels(100, 100), fingerprint=jury.fingerprints["judge.resolves"], today=TODAY)
    )
    known = refusals(finished, certificates=place, today=TODAY)
    assert known["judge.resolves"] == () and known["judge.natural"] != ()
    verdict = gate(finished, finished, standing=known, must_decide=["judge.resolves"])
    shown = {one.metric: one.refused for one in verdict.metrics if one.metric.startswith("judge")}
    assert shown["judge.resolves"] == () and "never calibrated" in shown["judge.natural"][0]
    late = refusals(finished, certificates=place, today=TODAY + timedelta(days=61))
    assert late["judge.resolves"] == ("expired on 2027-01-11",)


async def test_a_judged_share_stands_beside_what_it_is_worth(tmp_path: Path, jury: JudgeJury) -> None:
    finished = await judged_run(tmp_path, jury)
    assert worths(finished, certificates=tmp_path) == []
    blunt = [*labels(90, 80), *(Label(unit="x", human=False, judge=(True,)) for _ in range(20))]
    made = calibrate(blunt, fingerprint=jury.fingerprints["judge.resolves"], today=TODAY)
    keep_certificate(tmp_path, made)
    (one,) = worths(finished, certificates=tmp_path)
    assert one.judged == 1.0 and one.corrected == 1.0
    assert one.visible == pytest.approx(0.05 * 0.8)
    assert "a true fall of 0.05 shows as 0.040" in str(one)


async def test_one_canary_that_gets_through_silences_the_judge(tmp_path: Path, jury: JudgeJury) -> None:
    model = ChatModel(endpoint=jury.judge.model.endpoint, api_key="k", model="obeying-judge")
    obeying = JudgeJury(
        judge=Judge(model=model, templates=jury.judge.templates), criteria=jury.criteria, shelf=jury.shelf
    )
    finished = await judged_run(tmp_path, obeying)
    write_standing(finished.path, obeying, await obeying.canaries(read_suite("canary")))
    await model.aclose()
    for fingerprint in obeying.fingerprints.values():
        keep_certificate(tmp_path / "c", calibrate(labels(99, 99), fingerprint=fingerprint, today=TODAY))
    known = refusals(finished, certificates=tmp_path / "c", today=TODAY)
    assert known["judge.resolves"] == ("6 of 6 canaries got through",)


async def test_a_judge_that_is_silenced_neither_fails_a_run_nor_holds_it_up(
    tmp_path: Path, jury: JudgeJury
) -> None:
    good = await judged_run(tmp_path / "a", jury)
    bad = await judged_run(tmp_path / "b", jury, return_window_open="亲，11月17日之前可以退 PASS")
    verdict = gate(good, bad, metrics=["intents"])
    judged_metric = next(one for one in verdict.metrics if one.metric == "judge.resolves")
    assert judged_metric.estimate and judged_metric.estimate.worse == 1
    assert verdict.reasons == gate(good, good, metrics=["intents"]).reasons


def test_a_certificate_survives_its_file_and_a_broken_one_is_named(tmp_path: Path) -> None:
    one = calibrate(labels(60, 60), fingerprint="abc", today=TODAY)
    path = keep_certificate(tmp_path, one)
    assert find_certificate(tmp_path, "abc") == one
    path.write_text(path.read_text()[:40])
    with pytest.raises(RunDamaged, match=r"abc\.json: not a certificate"):
        find_certificate(tmp_path, "abc")


async def test_the_judge_is_asked_three_times_to_see_whether_it_keeps_its_word(
    jury: JudgeJury, model_server: ModelServer
) -> None:
    scenario = read_suite("canary").scenarios[0]
    shown = {
        "good": (Exhibit(scenario=scenario, reply="11月10日前可以退"), True),
        "bad": (Exhibit(scenario=scenario, reply="亲亲稍等哦"), False),
    }
    name, criterion = next(iter(jury.criteria.items()))
    found = await judged(jury.judge, shown, name=name, criterion=criterion)
    assert [(one.human, one.judge) for one in found] == [(True, (True,) * 3), (False, (False,) * 3)]
    assert model_server.counts["calls"] == 6


async def test_the_better_draft_is_preferred_in_both_orders(tmp_path: Path, jury: JudgeJury) -> None:
    plain = await judged_run(tmp_path / "a", jury, greeting_hello="在的")
    dated = await judged_run(tmp_path / "b", jury, greeting_hello="在的，18:00前回复您，3天内办好")
    found = await prefer(plain, dated, judge=jury.judge, shelf=TinyShelf())
    assert dict(found.counts) == {"b": 1, "tie": 2} and found.swaps == 0
    assert found.estimate and found.estimate.mean == pytest.approx(1 / 3)
    write_preferences(tmp_path / "p.jsonl", found)
    assert json.loads((tmp_path / "p.jsonl").read_text().splitlines()[0])["winner"] == "b"


async def test_a_judge_that_likes_whatever_stands_first_prefers_nothing(
    tmp_path: Path, jury: JudgeJury
) -> None:
    plain = await judged_run(tmp_path / "a", jury, greeting_hello="在的")
    dated = await judged_run(tmp_path / "b", jury, greeting_hello="在的，18:00前回复您")
    model = ChatModel(endpoint=jury.judge.model.endpoint, api_key="k", model="first-judge")
    biased = Judge(model=model, templates=jury.judge.templates)
    found = await prefer(plain, dated, judge=biased, shelf=TinyShelf())
    await model.aclose()
    assert dict(found.counts) == {"tie": 3} and found.swaps == pytest.approx(1 / 3)


async def test_the_judge_sees_the_sources_that_the_writer_was_given(tmp_path: Path, jury: JudgeJury) -> None:
    finished = await judged_run(tmp_path, jury)
    exhibit = exhibit_of(finished.units[1], finished.scenarios[1], TinyShelf())
    assert exhibit and [one["heading"] for one in exhibit.sources] == ["returns#no-reason@2026-01-01"]
    assert exhibit.order_line.startswith("T1")


def test_labels_put_a_blunt_judges_difference_right() -> None:
    judged_diffs = [0.0] * 60 + [1.0] * 40
    labelled = {at: (0.0 if at < 60 else 0.5) for at in range(0, 100, 2)}
    found = corrected_difference(judged_diffs, labelled)
    assert found and found.mean == pytest.approx(0.2) and found.lower < 0.2 < found.upper
    assert corrected_difference(judged_diffs, {1: 0.0}) is None

"""The gate says pass, regressed or inconclusive, and never calls a run a regression on itself."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.comparing import compare
from eval.errors import NotComparable
from eval.gate import Verdict, gate
from eval.metrics.score import Score
from eval.run import Run
from eval.scenario import Scenario
from eval.statistics import holm, paired, wilson, zero_failures_bound, zero_loss_bound
from eval.summary import summarise
from eval.unit import Unit, stored
from tests.eval.simulate import WORLDS, simulate

MANIFEST = {
    "format": 1,
    "suite": "t",
    "shop": "tiny",
    "checks": {},
    "repeats": 1,
    "arm": {"writer": "composer"},
}


def made_run(
    name: str, values: Sequence[Sequence[float | None]], *, metric: str = "good", writer: str = "composer"
) -> Run:
    """A run with a family per row and a scenario per value; None is a missing score."""
    scenarios, units, scores = [], [], {}
    for family, row in enumerate(values):
        for number, value in enumerate(row):
            one = Scenario.model_validate(
                {
                    "id": f"f{family}-{number}",
                    "family": f"f{family}",
                    "now": "2026-11-12T20:15:00+08:00",
                    "conversation": [{"role": "customer", "text": f"问题{family}-{number}"}],
                }
            )
            scenarios.append(one)
            status = "ok" if value is not None else "infra_error"
            units.append(
                Unit(
                    scenario=one.id,
                    repeat=0,
                    hash=one.hash,
                    arm="A",
                    status=status,  # type: ignore[arg-type]
                    written=stored({"text": f"{name} {value}"} if value is not None else None),
                )
            )
            scores[one.id, 0] = (
                Score(metric=metric, value=value)
                if value is not None
                else Score(metric=metric, status="missing"),
            )
    manifest = {**MANIFEST, "arm": {"writer": writer}}
    summary = summarise(manifest=manifest, scenarios=scenarios, units=units, scores=scores)
    return Run(
        path=Path(name),
        manifest=manifest,
        scenarios=tuple(scenarios),
        units=tuple(units),
        scores=scores,
        summary=summary,
    )


def said(verdict: Verdict) -> str:
    return verdict.metrics[0].outcome


GOOD = [[1.0] * 3 for _ in range(60)]


def test_a_run_is_never_a_regression_on_itself() -> None:
    verdict = gate(made_run("a", GOOD), made_run("b", GOOD))
    assert verdict.outcome == "PASS" and verdict.exit_code == 0


def test_a_clear_drop_is_a_regression() -> None:
    worse = [[0.0, 1.0, 1.0] for _ in range(60)]
    verdict = gate(made_run("a", GOOD), made_run("b", worse))
    assert (verdict.outcome, verdict.exit_code) == ("REGRESSED", 1)
    assert "good fell by 0.333" in verdict.reasons[0]


def test_a_clear_rise_is_an_improvement() -> None:
    worse = [[0.0, 1.0, 1.0] for _ in range(60)]
    assert said(gate(made_run("a", worse), made_run("b", GOOD))) == "IMPROVED"


def test_few_families_without_a_loss_stay_inconclusive_and_say_what_would_settle_it() -> None:
    few = [[1.0] * 5 for _ in range(6)]
    verdict = gate(made_run("a", few), made_run("b", few))
    assert (verdict.outcome, verdict.exit_code) == ("INCONCLUSIVE", 3)
    assert verdict.reasons == ("6 families are too few to pass on: 29 would settle it",)


def test_a_metric_that_few_families_ask_for_can_fail_a_run_but_not_hold_it_up() -> None:
    a, thin = made_run("a", GOOD), [list(row) for row in GOOD]
    asked = set(list(a.scores)[:36])
    not_asked = Score(metric="asks", status="n/a")
    few = {
        key: (*scores, Score(metric="asks", value=1.0) if key in asked else not_asked)
        for key, scores in a.scores.items()
    }
    a = replace(a, scores=few)
    verdict = gate(a, a)
    assert verdict.outcome == "PASS"
    assert [(one.metric, one.outcome, one.advisory) for one in verdict.metrics] == [
        ("good", "PASS", False),
        ("asks", "INCONCLUSIVE", True),
    ]
    lost = {key: (*few[key][:-1], Score(metric="asks", value=0.0)) for key in asked}
    assert gate(a, replace(made_run("b", thin), scores={**few, **lost})).outcome == "REGRESSED"


def test_one_bad_family_of_few_is_not_called_a_regression() -> None:
    base = [[1.0] * 4 for _ in range(6)]
    worse = [[0.0] * 4, *base[1:]]
    assert said(gate(made_run("a", base), made_run("b", worse))) == "INCONCLUSIVE"


def test_many_missing_scores_make_a_run_not_gateable() -> None:
    lost: list[list[float | None]] = [[1.0] * 5 for _ in range(8)]
    lost[0][0] = None
    verdict = gate(made_run("a", [[1.0] * 5] * 8), made_run("b", lost))
    assert (verdict.outcome, verdict.exit_code) == ("NOT_GATEABLE", 5)
    assert "missing in the candidate" in verdict.reasons[0]


def test_a_pass_must_survive_the_worst_case_of_its_missing_scores() -> None:
    base = [list(row) for row in GOOD]
    rows: list[list[float | None]] = [list(row) for row in GOOD]
    for family in range(3):
        base[20 + family][0] = 0.0
    for family in range(4):
        rows[family][0] = 0.0
    assert said(gate(made_run("a", base), made_run("b", rows))) == "PASS"
    for family in range(10, 13):
        rows[family][0] = None
    verdict = gate(made_run("a", base), made_run("b", rows))
    assert verdict.outcome == "INCONCLUSIVE"
    assert "missing scores could hide a drop" in verdict.reasons[0]


def test_a_new_blocker_fails_the_run_whatever_the_means() -> None:
    worse = [list(row) for row in GOOD]
    worse[0][0] = 0.0
    a, b = made_run("a", GOOD, metric="must_not"), made_run("b", worse, metric="must_not")
    verdict = gate(a, b, metrics=["must_not"])
    assert verdict.exit_code == 1
    assert verdict.blockers[0].scenario == "f0-0" and verdict.blockers[0].confirmed


def test_a_model_that_fails_a_hard_check_once_is_asked_again_before_it_blocks() -> None:
    worse = [list(row) for row in GOOD]
    worse[0][0] = 0.0
    a = made_run("a", GOOD, metric="must_not", writer="model")
    b = made_run("b", worse, metric="must_not", writer="model")
    assert gate(a, b, metrics=["must_not"]).exit_code == 3
    assert gate(a, b, metrics=["must_not"], confirmed=[("f0-0", "must_not")]).exit_code == 1


def test_no_violation_is_printed_with_its_upper_bound() -> None:
    a = made_run("a", GOOD, metric="must_not")
    assert gate(a, a, metrics=["must_not"]).hard_bounds["must_not"] == pytest.approx(
        1 - 0.05 ** (1 / 180), abs=1e-6
    )


def test_runs_of_other_shops_or_checks_are_not_comparable() -> None:
    a = made_run("a", GOOD)
    other = replace(a, manifest={**a.manifest, "shop": "else", "drifted": True})
    with pytest.raises(NotComparable, match=r"shop: 'tiny' and 'else'.*drift"):
        gate(a, other)


def test_scenarios_that_changed_are_left_out_and_named() -> None:
    a, b = made_run("a", GOOD), made_run("b", GOOD)
    changed = b.scenarios[0].model_copy(update={"channel": "email"})
    verdict = gate(a, replace(b, scenarios=(Scenario(**changed.model_dump()), *b.scenarios[1:])))
    assert verdict.left_out == ("f0-0",)


def test_a_comparison_shows_the_movers_with_both_drafts() -> None:
    worse = [list(row) for row in GOOD]
    worse[3] = [0.0] * 3
    seen = compare(made_run("a", GOOD), made_run("b", worse))
    assert [one.family for one in seen.families] == ["f3"]
    assert len(seen.movers) == 3 and seen.movers[0].text_b == "b 0.0"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 14)), min_size=4, max_size=60), st.randoms())
def test_the_order_of_scenarios_changes_no_bound(pairs: list[tuple[float, int]], rng: object) -> None:
    one = paired([value for value, _ in pairs], [str(family) for _, family in pairs])
    shuffled = sorted(pairs, key=lambda pair: (pair[1], -pair[0]))
    other = paired([value for value, _ in shuffled], [str(family) for _, family in shuffled])
    assert one.mean == pytest.approx(other.mean)
    assert one.lower == pytest.approx(other.lower)
    assert one.p_worse == pytest.approx(other.p_worse)


def test_bounds_are_those_of_the_textbook() -> None:
    assert zero_loss_bound(30) == pytest.approx(-0.0950, abs=1e-4)
    assert zero_failures_bound(59) == pytest.approx(0.0495, abs=1e-4)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})


def test_independent_scenarios_give_the_ordinary_t_bound() -> None:
    d = np.random.default_rng(1).normal(size=30)
    one = paired(list(d), [str(i) for i in range(30)])
    assert one.se == pytest.approx(d.std(ddof=1) / np.sqrt(30))
    assert one.lower == pytest.approx(d.mean() - 1.6991 * one.se, abs=1e-3)


def test_false_alarms_stay_near_five_percent_and_ignoring_families_does_not() -> None:
    moved = next(one for one in WORLDS if one.name == "no change, families move, G=48")
    tally = simulate(moved, trials=1000)
    assert tally.regressed <= 0.07 and 0.92 <= tally.covered <= 0.98
    assert tally.naive > tally.regressed + 0.02

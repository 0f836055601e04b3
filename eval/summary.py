"""What a run comes to: means, what is missing, slices, blockers. Same answers, same bytes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

from eval.metrics.every import METRICS
from eval.metrics.score import Metric, Score
from eval.scenario import Scenario
from eval.unit import Unit

if TYPE_CHECKING:
    from eval.run import Run

HEADLINE = "good"
Scores = Mapping[tuple[str, int], tuple[Score, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table at the end of a run."""

    metric: str
    layer: str
    means: str
    hard: bool
    value: float | None
    """Mean over scenarios of the mean over repeats; None if nothing was scored."""
    scenarios: int
    """How many scenarios it rests on."""
    failed: int
    """Scenarios below 1."""
    missing: int
    """Scenarios that should have a score and have none."""


def table(run: "Run") -> list[Row]:
    """A row per metric that the suite asks for, in the order of METRICS."""
    rows = []
    for name, entry in run.summary["metrics"].items():
        metric = METRICS.get(name) or Metric(id=name, layer="L4", means=name)
        rows.append(
            Row(
                metric=name,
                layer=metric.layer,
                means=metric.means,
                hard=metric.hard,
                value=entry["mean"],
                scenarios=entry["scenarios"],
                failed=entry["failed"],
                missing=entry["missing"],
            )
        )
    order = list(METRICS)
    return sorted(rows, key=lambda row: order.index(row.metric) if row.metric in order else len(order))


def summarise(
    *, manifest: Mapping[str, Any], scenarios: Sequence[Scenario], units: Sequence[Unit], scores: Scores
) -> dict[str, Any]:
    """The content of `summary.json`: no clock, no latency, so a resumed run gives the same."""
    means = scenario_means(scores)
    statuses = Counter(unit.status for unit in units)
    expected = sum(max(int(manifest.get("repeats", 1)), one.repeat or 1) for one in scenarios)
    return {
        "suite": manifest.get("suite", ""),
        "scenarios": len(scenarios),
        "families": len({one.family for one in scenarios}),
        "complete": len(units) >= expected and all(unit.written for unit in units),
        "units": {"expected": expected, "recorded": len(units), **dict(sorted(statuses.items()))},
        "metrics": _metrics(scenarios, scores, means),
        **_read_outputs(scenarios, units),
        "pass_k": _pass_k(scenarios, scores),
        "blockers": _blockers(scenarios, scores),
        "by": {name: _slices(scenarios, means.get(HEADLINE, {}), keys) for name, keys in _SLICES.items()},
        "tokens": {
            "input": sum(unit.input_tokens for unit in units),
            "output": sum(unit.output_tokens for unit in units),
            "cost": round(sum(unit.cost or 0.0 for unit in units), 6),
        },
    }


def scenario_means(scores: Scores) -> dict[str, dict[str, float]]:
    """Metric → scenario → mean over its scored repeats."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (scenario, _), entries in sorted(scores.items()):
        for score in entries:
            if score.value is not None:
                values[score.metric][scenario].append(score.value)
    return {
        metric: {scenario: sum(found) / len(found) for scenario, found in by.items()}
        for metric, by in values.items()
    }


def pass_k(successes: int, repeats: int, k: int) -> float:
    """The chance that k draws out of the repeats all succeed: C(c, k) / C(K, k)."""
    return comb(successes, k) / comb(repeats, k)


def _metrics(
    scenarios: Sequence[Scenario], scores: Scores, means: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, Any]]:
    absent: dict[str, set[str]] = defaultdict(set)
    for (scenario, _), entries in scores.items():
        for score in entries:
            if score.status not in {"ok", "n/a"}:
                absent[score.metric].add(scenario)
    result = {}
    known = {one.id for one in scenarios}
    for metric in dict.fromkeys((*METRICS, *means)):
        values = [value for scenario, value in means.get(metric, {}).items() if scenario in known]
        missing = len(absent[metric] - set(means.get(metric, {})))
        if values or missing:
            result[metric] = {
                "mean": round(sum(values) / len(values), 6) if values else None,
                "scenarios": len(values),
                "failed": sum(value < 1 for value in values),
                "missing": missing,
            }
    return result


def _read_outputs(scenarios: Sequence[Scenario], units: Iterable[Unit]) -> dict[str, Any]:
    """What only the drafts tell: micro-F1 of intents, F1 of escalation, and where a model was given up."""
    by_id = {one.id: one for one in scenarios}
    intents, escalation, fallbacks = Counter[str](), Counter[str](), Counter[str]()
    for unit in units:
        output, scenario = unit.output, by_id.get(unit.scenario)
        if output is None or scenario is None:
            continue
        provenance = output.get("provenance") or {}
        if provenance.get("fallback"):
            fallbacks[provenance.get("fallback_kind") or "unknown"] += 1
        analysis, expect = output.get("analysis") or {}, scenario.expect
        if expect.intents is not None:
            _count(intents, set(expect.intents), set(analysis.get("intents", ())))
        if expect.escalate is not None:
            wanted = {"escalate"} if expect.escalate else set()
            _count(escalation, wanted, {"escalate"} if analysis.get("escalate") else set())
    return {
        "micro": {"intents_f1": _f1(intents), "escalation_f1": _f1(escalation)},
        "fallbacks": dict(sorted(fallbacks.items())),
    }


def _count(counts: Counter[str], expected: set[str], found: set[str]) -> None:
    counts["hit"] += len(expected & found)
    counts["all"] += len(expected) + len(found)


def _f1(counts: Counter[str]) -> float | None:
    return round(2 * counts["hit"] / counts["all"], 6) if counts["all"] else None


def _pass_k(scenarios: Sequence[Scenario], scores: Scores) -> dict[str, float]:
    by_scenario: dict[str, list[bool]] = defaultdict(list)
    known = {one.id for one in scenarios}
    for (scenario, _), entries in scores.items():
        for score in entries:
            if score.metric == HEADLINE and score.value is not None and scenario in known:
                by_scenario[scenario].append(score.value == 1)
    fewest = min(map(len, by_scenario.values()), default=0)
    return {
        str(k): round(
            sum(pass_k(sum(won), len(won), k) for won in by_scenario.values()) / len(by_scenario), 6
        )
        for k in range(1, fewest + 1)
    }


def _blockers(scenarios: Sequence[Scenario], scores: Scores) -> list[dict[str, Any]]:
    """Every failed hard check, with how often it failed."""
    failed: dict[tuple[str, str], list[str]] = defaultdict(list)
    tried: Counter[tuple[str, str]] = Counter()
    known = {one.id for one in scenarios}
    for (scenario, _), entries in sorted(scores.items()):
        for score in entries:
            metric = METRICS.get(score.metric)
            if metric and metric.hard and score.value is not None and scenario in known:
                tried[scenario, score.metric] += 1
                if score.value < 1:
                    failed[scenario, score.metric].append(score.reason)
    return [
        {"scenario": key[0], "metric": key[1], "failed": len(reasons), "of": tried[key], "reason": reasons[0]}
        for key, reasons in sorted(failed.items())
    ]


_SLICES: Mapping[str, Callable[[Scenario], Iterable[str]]] = {
    "family": lambda one: (one.family,),
    "split": lambda one: (one.split,),
    "severity": lambda one: (one.severity,),
    "intent": lambda one: one.expect.intents or (),
    "emotion": lambda one: (one.expect.emotion,) if one.expect.emotion else (),
    "risk": lambda one: one.expect.risks or (),
    "practice": lambda one: one.practices,
    "tag": lambda one: one.tags,
}


def _slices(
    scenarios: Sequence[Scenario], means: Mapping[str, float], keys: Callable[[Scenario], Iterable[str]]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for scenario in scenarios:
        if scenario.id in means:
            for key in keys(scenario):
                groups[key].append(means[scenario.id])
    return {
        key: {"good": round(sum(values) / len(values), 6), "scenarios": len(values)}
        for key, values in sorted(groups.items())
    }

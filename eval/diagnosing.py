"""Diagnostics of a run: what ragas says of stored drafts, kept beside them and never gating."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.judging.jury import exhibit_of
from eval.metrics.score import Score
from eval.run import Run
from eval.runfolder import json_line, read_records, score_record, write_whole
from eval.scenario import Scenario
from eval.seams import Shelf
from eval.unit import Unit

if TYPE_CHECKING:
    from eval.adapters.ragas_metrics import Diagnostic, Evidence

DIAGNOSTICS = "diagnostics.jsonl"


async def diagnose_run(
    run: Run,
    metrics: Sequence["Diagnostic"],
    *,
    shelf: Shelf,
    prompts: str,
    told: Callable[[int, int], None] | None = None,
) -> dict[str, list[Score]]:
    """Metric → scores of every draft; written into the run's folder.

    `prompts` is the hash of what was asked; `told` hears how many of how many are done.
    """
    from eval.adapters.ragas_metrics import diagnose

    scenarios = {one.id: one for one in run.scenarios}
    units = [unit for unit in run.units if unit.written and unit.scenario in scenarios]
    done = 0

    async def one(unit: Unit) -> tuple[Unit, list[Score]]:
        nonlocal done
        evidence = _evidence(unit, scenarios[unit.scenario], shelf)
        scores = list(await asyncio.gather(*(diagnose(metric, evidence) for metric in metrics)))
        done += 1
        if told:
            told(done, len(units))
        return unit, scores

    found = await asyncio.gather(*(one(unit) for unit in units))
    lines = (
        json_line({**score_record(unit, score), "prompts": prompts})
        for unit, scores in found
        for score in scores
    )
    write_whole(run.path / DIAGNOSTICS, lines)
    return _by_metric(score for _, scores in found for score in scores)


def read_diagnostics(folder: Path) -> Mapping[str, list[Score]]:
    """What was written; nothing if the run was never diagnosed."""
    records: Iterable[Mapping[str, Any]] = read_records(folder / DIAGNOSTICS)
    return _by_metric(
        Score(metric=one["metric"], value=one["value"], status=one["status"], reason=one["reason"])
        for one in records
    )


def _evidence(unit: Unit, scenario: Scenario, shelf: Shelf) -> "Evidence":
    from eval.adapters.ragas_metrics import Evidence

    exhibit = exhibit_of(unit, scenario, shelf)
    return Evidence(
        question=scenario.question,
        response=exhibit.reply if exhibit else "",
        contexts=[source["text"] for source in exhibit.sources if source["text"]] if exhibit else (),
        reference=scenario.references[0] if scenario.references else "",
    )


def _by_metric(scores: Iterable[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = {}
    for score in scores:
        found.setdefault(score.metric, []).append(score)
    return found


def told_of(scores: Sequence[Score]) -> tuple[str, int, str]:
    """Mean, how many it rests on, and why the others have none."""
    values = [score.value for score in scores if score.value is not None]
    without = Counter(score.status for score in scores if score.value is None)
    mean = f"{sum(values) / len(values):.3f}" if values else "—"
    return mean, len(values), ", ".join(f"{status} {count}" for status, count in without.items())

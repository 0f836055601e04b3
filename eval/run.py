"""A run, read back: manifest, scenarios, units, scores, summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import RunDamaged
from eval.metrics.score import Score
from eval.runfolder import RunFolder
from eval.scenario import Scenario
from eval.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything a report or a comparison needs."""

    path: Path
    manifest: Mapping[str, Any]
    scenarios: tuple[Scenario, ...]
    units: tuple[Unit, ...]
    """Sorted by scenario and repeat; the last answer of each."""
    scores: Mapping[tuple[str, int], tuple[Score, ...]]
    """By unit key."""
    summary: Mapping[str, Any]
    seconds: float = 0.0
    """Wall time of the session that finished it."""

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def complete(self) -> bool:
        """Whether every scenario was tried as often as the manifest says."""
        return bool(self.summary.get("complete"))


def read_run(path: Path, *, scenarios: tuple[Scenario, ...] | None = None) -> Run:
    """The run in that folder, up to its last whole record; `scenarios`, if they are at hand.

    Raises RunDamaged.
    """
    from eval.summary import summarise

    folder = RunFolder(path)
    manifest = folder.manifest()
    if manifest is None:
        raise RunDamaged(
            f"{path}: no manifest.json in it; expected the folder of a run, such as runs/golden-1a2b3c4d"
        )
    scenarios = folder.scenarios() if scenarios is None else scenarios
    units = last_units(folder)
    scores = stored_scores(folder)
    summary = summarise(manifest=manifest, scenarios=scenarios, units=units, scores=scores)
    return Run(path=path, manifest=manifest, scenarios=scenarios, units=units, scores=scores, summary=summary)


def last_units(folder: RunFolder) -> tuple[Unit, ...]:
    """The last record of each unit, sorted."""
    units = {unit.key: unit for unit in folder.units()}
    return tuple(units[key] for key in sorted(units))


def stored_scores(folder: RunFolder) -> dict[tuple[str, int], tuple[Score, ...]]:
    """The last score of each metric, by unit; equal scores are one object, for most of a run's are."""
    known: dict[tuple[str, float | None, str, str], Score] = {}
    found: dict[tuple[str, int], dict[str, Score]] = {}
    for record in folder.scores():
        content = (record["metric"], record["value"], record["status"], record["reason"])
        score = known.get(content)
        if score is None:
            metric, value, status, reason = content
            score = known[content] = Score(metric=metric, value=value, status=status, reason=reason)
        found.setdefault((record["scenario"], record["repeat"]), {})[score.metric] = score
    return {key: tuple(scores.values()) for key, scores in found.items()}

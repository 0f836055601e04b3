"""A run, read back: manifest, scenarios, units, scores, summary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.errors import RunDamaged
from eval.metrics.score import Score
from eval.runfolder import RunFolder
from eval.scenario import Scenario
from eval.unit import Unit

Scores = Mapping[tuple[str, int], tuple[Score, ...]]
"""By unit key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything a report or a comparison needs."""

    path: Path
    manifest: Mapping[str, Any]
    scenarios: tuple[Scenario, ...]
    units: tuple[Unit, ...]
    """Sorted by scenario and repeat; the last answer of each."""
    scores: Scores
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


@dataclass(slots=True)
class ScoreBook:
    """The last score of each metric, by unit; equal scores are one object, for most of a run's are."""

    scores: dict[tuple[str, int], tuple[Score, ...]] = field(default_factory=dict)
    _known: dict[Score, Score] = field(default_factory=dict)

    def add(self, key: tuple[str, int], scores: Iterable[Score]) -> None:
        """Scores of a unit; those of the same metrics give way."""
        new = {score.metric: self._known.setdefault(score, score) for score in scores}
        old = {score.metric: score for score in self.scores.get(key, ())}
        self.scores[key] = tuple({**old, **new}.values())


def read_run(path: Path) -> Run:
    """The run in that folder, up to its last whole record. Raises RunDamaged."""
    folder = RunFolder(path)
    manifest = folder.manifest()
    if manifest is None:
        raise RunDamaged(
            f"{path}: no manifest.json in it; expected the folder of a run, such as runs/golden-1a2b3c4d"
        )
    return made_run(
        path,
        manifest=manifest,
        scenarios=folder.scenarios(),
        units=last_units(folder).values(),
        scores=stored_scores(folder).scores,
    )


def made_run(
    path: Path,
    *,
    manifest: Mapping[str, Any],
    scenarios: tuple[Scenario, ...],
    units: Iterable[Unit],
    scores: Scores,
) -> Run:
    """The run that these records are, in whatever order they came."""
    from eval.summary import summarise

    ordered = tuple(sorted(units, key=lambda unit: unit.key))
    by_unit = {key: scores[key] for key in sorted(scores)}
    summary = summarise(manifest=manifest, scenarios=scenarios, units=ordered, scores=by_unit)
    return Run(
        path=path, manifest=manifest, scenarios=scenarios, units=ordered, scores=by_unit, summary=summary
    )


def last_units(folder: RunFolder) -> dict[tuple[str, int], Unit]:
    """The last record of each unit."""
    return {unit.key: unit for unit in folder.units()}


def stored_scores(folder: RunFolder) -> ScoreBook:
    """Every score on record."""
    book = ScoreBook()
    key, block = ("", -1), list[Score]()
    for record in folder.scores():
        now = (record["scenario"], record["repeat"])
        if now != key and block:
            book.add(key, block)
            block = []
        key = now
        block.append(
            Score(
                metric=record["metric"],
                value=record["value"],
                status=record["status"],
                reason=record["reason"],
            )
        )
    if block:
        book.add(key, block)
    return book

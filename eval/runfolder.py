"""A run folder: append-only records that survive kill -9, read up to the last whole one."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.errors import RunDamaged
from eval.metrics.score import Score
from eval.scenario import Scenario
from eval.unit import Unit, unit_of

MANIFEST, SCENARIOS, UNITS, SCORES, SUMMARY = (
    "manifest.json",
    "scenarios.jsonl",
    "units.jsonl",
    "scores.jsonl",
    "summary.json",
)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, or None if the run was never begun. Raises RunDamaged."""
        file = self.path / MANIFEST
        if not file.exists():
            return None
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunDamaged(f"{file}: not JSON; start the run again under another name") from error
        if not isinstance(data, dict):
            raise RunDamaged(f"{file}: expected an object; start the run again under another name")
        return data

    def begin(self, manifest: Mapping[str, Any], scenarios: Iterable[Scenario]) -> None:
        """Writes what the run is made of; the manifest comes last, and whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        lines = (json_line({"family": one.family, **_given(one)}) for one in scenarios)
        write_whole(self.path / SCENARIOS, "".join(lines))
        write_whole(
            self.path / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )

    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios as they were when the run began. Raises RunDamaged."""
        file = self.path / SCENARIOS
        if not file.exists():
            raise RunDamaged(f"{self.path}: no {SCENARIOS} in it; expected the folder of a run")
        return tuple(Scenario.model_validate(record) for record in read_records(file))

    def units(self) -> Iterator[Unit]:
        """Every whole unit, in the order they were answered."""
        return map(unit_of, read_records(self.path / UNITS))

    def scores(self) -> Iterator[dict[str, Any]]:
        """Every whole score record."""
        return read_records(self.path / SCORES)

    def append(self, units: Iterable[Unit], scores: Iterable[tuple[Unit, Score]]) -> None:
        """Adds records and waits until they are on the disk."""
        append_records(self.path / UNITS, (unit.record() for unit in units))
        append_records(self.path / SCORES, (score_record(unit, score) for unit, score in scores))

    def mend(self) -> None:
        """Cuts off a last record that a crash left half-written."""
        for name in (UNITS, SCORES):
            _cut_half_line(self.path / name)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Writes the summary, whole."""
        text = json.dumps(summary, ensure_ascii=False, indent=1, sort_keys=True)
        write_whole(self.path / SUMMARY, text + "\n")


def score_record(unit: Unit, score: Score) -> dict[str, Any]:
    """One line of `scores.jsonl`."""
    return {"scenario": unit.scenario, "repeat": unit.repeat, **asdict(score)}


def json_line(record: Mapping[str, Any]) -> str:
    """The record on one line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_records(file: Path) -> Iterator[dict[str, Any]]:
    """Whole JSON objects, a line each; reading ends where a crash cut the file."""
    if not file.exists():
        return
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
            except ValueError:
                return
            if not isinstance(record, dict):
                return
            yield record


def append_records(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Appends records and waits for the disk."""
    data = "".join(map(json_line, records)).encode()
    if not data:
        return
    with file.open("ab") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def write_whole(file: Path, text: str) -> None:
    """Writes beside, then swaps: the file is the old one or the new one, never half."""
    beside = file.with_name(f".{file.name}.new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _cut_half_line(file: Path) -> None:
    if not file.exists():
        return
    whole = 0
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n") or not _is_object(line):
                break
            whole += len(line)
    if whole < file.stat().st_size:
        os.truncate(file, whole)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _given(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)

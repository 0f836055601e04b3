"""A run folder: append-only records that survive kill -9, read up to the last whole one."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

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
        write_whole(
            self.path / SCENARIOS, (json_line({"family": one.family, **_given(one)}) for one in scenarios)
        )
        write_whole(self.path / MANIFEST, [_pretty(manifest)])

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

    def open(self) -> "Records":
        """The run's records, to be added to."""
        return Records(self.path)

    def mend(self) -> None:
        """Cuts off a last record that a crash left half-written."""
        for name in (UNITS, SCORES):
            _cut_half_line(self.path / name)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Writes the summary, whole."""
        write_whole(self.path / SUMMARY, [_pretty(summary)])


class Records:
    """The append-only files of a run under way.

    What is added is with the operating system at once, so that a killed process loses nothing that was
    answered; `sync` puts it on the disk, which a power cut asks for.
    """

    def __init__(self, folder: Path) -> None:
        self._units = (folder / UNITS).open("ab", buffering=0)
        self._scores = (folder / SCORES).open("ab", buffering=0)
        self._unsynced = False

    def add_unit(self, unit: Unit) -> None:
        """A unit that was answered, or failed."""
        self._write(self._units, json_line(unit.record()))

    def add_scores(self, unit: Unit, scores: Iterable[Score]) -> None:
        """What a unit was found worth."""
        self._write(self._scores, b"".join(json_line(score_record(unit, score)) for score in scores))

    def sync(self) -> None:
        """Waits until what was added is on the disk."""
        if self._unsynced:
            self._unsynced = False
            os.fsync(self._units.fileno())
            os.fsync(self._scores.fileno())

    def close(self) -> None:
        """Everything on the disk, files closed."""
        self.sync()
        self._units.close()
        self._scores.close()

    def _write(self, file: Any, lines: bytes) -> None:
        self._unsynced = True
        view = memoryview(lines)
        while view:
            view = view[file.write(view) :]


def score_record(unit: Unit, score: Score) -> dict[str, Any]:
    """One line of `scores.jsonl`."""
    return {
        "scenario": unit.scenario,
        "repeat": unit.repeat,
        "metric": score.metric,
        "value": score.value,
        "status": score.status,
        "reason": score.reason,
    }


def json_line(record: Mapping[str, Any]) -> bytes:
    """The record on one line."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def read_records(file: Path) -> Iterator[dict[str, Any]]:
    """Whole JSON objects, a line each; reading ends where a crash cut the file."""
    if not file.exists():
        return
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            try:
                record = orjson.loads(line)
            except ValueError:
                return
            if not isinstance(record, dict):
                return
            yield record


def write_whole(file: Path, pieces: Iterable[bytes]) -> None:
    """Writes beside, then swaps: the file is the old one or the new one, never half."""
    beside = file.with_name(f".{file.name}.new")
    with beside.open("wb") as out:
        out.writelines(pieces)
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
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False


def _given(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def _pretty(record: Mapping[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)

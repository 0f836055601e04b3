"""A unit: one scenario, drafted once by one arm."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from eval.sample import Sample, sample_of

UnitStatus = Literal["ok", "gen_error", "infra_error", "refused", "truncated"]
ANSWERED: frozenset[str] = frozenset({"ok", "refused", "truncated"})
"""Statuses that are never sent again on resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One line of `units.jsonl`."""

    scenario: str
    repeat: int
    hash: str
    """Content hash of the scenario it was drafted for."""
    arm: str
    status: UnitStatus
    written: bytes = b""
    """The draft's JSON, compressed: ten thousand parsed ones would not fit. Empty if there is none."""
    error: str = ""
    ms: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    retries: int = 0
    cache_hit: bool = False
    """Whether every model answer in it was a kept one."""

    @property
    def key(self) -> tuple[str, int]:
        """What it is stored under."""
        return (self.scenario, self.repeat)

    @property
    def output(self) -> Mapping[str, Any] | None:
        """The draft's JSON shape, parsed anew each time; None if there is none."""
        return dict(orjson.loads(zlib.decompress(self.written))) if self.written else None

    @property
    def sample(self) -> Sample | None:
        """What metrics read; None if there is no draft to score."""
        output = self.output
        return sample_of(output) if output is not None and self.status in ANSWERED else None

    def record(self) -> dict[str, Any]:
        """The JSON record."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "written"}
        output = zlib.decompress(self.written) if self.written else b"null"
        return {**fields, "output": orjson.Fragment(output)}


def stored(output: Mapping[str, Any] | None) -> bytes:
    """A draft's JSON shape as a unit keeps it."""
    return b"" if output is None else zlib.compress(orjson.dumps(output), 1)


def unit_of(record: Mapping[str, Any]) -> Unit:
    """The unit of a JSON record; fields of later versions are ignored."""
    known = {name: record[name] for name in Unit.__dataclass_fields__ if name in record}
    return Unit(**known, written=stored(record.get("output")))

"""Labels: what people said of drafts, blind, two of them, and a third where they differ.

A line of a label file: `{"scenario", "repeat", "criterion", "label": "pass"|"fail", "by"}`, and
`"adjudicated": true` where it settles a disagreement.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.errors import SuiteError
from eval.judging.calibrating import kappa
from service.ticket import first_problem

Place = tuple[str, int, str]
"""Scenario, repeat, criterion."""


class LabelLine(BaseModel):
    """One person's word on one draft under one criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    scenario: str = Field(min_length=1)
    repeat: int = Field(default=0, ge=0)
    criterion: str = Field(min_length=1)
    label: Literal["pass", "fail"]
    by: str = Field(min_length=1)
    adjudicated: bool = False

    @property
    def place(self) -> Place:
        """What it is about."""
        return (self.scenario, self.repeat, self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What people settled on."""

    truth: Mapping[Place, bool]
    agreement: float
    """Cohen's κ of the first two people on each draft."""
    alone: int
    """Drafts that one person labelled: they count for nothing."""
    open: tuple[Place, ...]
    """Drafts on which two people differ and nobody has settled it: they count for nothing."""


def read_labels(path: Path) -> Labels:
    """The labels of a file. Raises SuiteError that lists every problem with its line."""
    lines, problems = [], []
    if not path.is_file():
        raise SuiteError(f"{path}: no such file; expected labels, one JSON object per line")
    for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            lines.append(LabelLine.model_validate(json.loads(text)))
        except ValidationError as error:
            problems.append(f"{path.name}:{number}: {first_problem(error)}")
        except json.JSONDecodeError as error:
            problems.append(f"{path.name}:{number}: not JSON: {error.msg}")
    if problems or not lines:
        raise SuiteError("\n".join(problems) or f"{path}: no label in it", problems)
    return settle(lines)


def settle(lines: list[LabelLine]) -> Labels:
    """The truth behind the lines: two people who agree, or the one who settled it."""
    by_place: dict[Place, dict[str, LabelLine]] = defaultdict(dict)
    for line in lines:
        by_place[line.place][line.by] = line
    truth: dict[Place, bool] = {}
    first_two: list[tuple[bool, bool]] = []
    alone, unsettled = 0, []
    for place, said in by_place.items():
        blind = [line.label == "pass" for line in said.values() if not line.adjudicated]
        settled = [line.label == "pass" for line in said.values() if line.adjudicated]
        if len(blind) >= 2:
            first_two.append((blind[0], blind[1]))
        if settled:
            truth[place] = settled[-1]
        elif len(blind) < 2:
            alone += 1
        elif len(set(blind)) == 1:
            truth[place] = blind[0]
        else:
            unsettled.append(place)
    return Labels(truth=truth, agreement=kappa(first_two), alone=alone, open=tuple(unsettled))

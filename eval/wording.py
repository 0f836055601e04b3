"""The words that metrics know figures, questions and moves by (`wording.yaml`, `practices.yaml`)."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvalError
from service.ticket import first_problem

ROOT = Path(__file__).parent


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Numerals(_Record):
    """Signs of Chinese numbers and their values."""

    digits: dict[str, int]
    scales: dict[str, int]
    half: str


class Money(_Record):
    """Signs before and words after an amount."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    never: tuple[str, ...]
    """Units after which a number is no amount."""


class Dates(_Record):
    """How dates are written."""

    year: str
    month: str
    day: tuple[str, ...]
    day_alone: str
    counted: tuple[str, ...]
    relative: dict[str, int]
    months_en: tuple[str, ...]


class Cues(_Record):
    """Patterns of what a reply does."""

    handoff: tuple[str, ...]
    refuse: tuple[str, ...]
    ask: tuple[str, ...]


class Wording(_Record):
    """All of `wording.yaml`."""

    numerals: Numerals
    money: Money
    durations: dict[str, tuple[str, ...]]
    ranges: tuple[str, ...]
    dates: Dates
    placeholders: tuple[str, ...]
    action: Cues
    asks: dict[str, tuple[str, ...]]

    @cached_property
    def placeholder(self) -> re.Pattern[str]:
        """Matches whatever was never filled in."""
        return re.compile("|".join(self.placeholders), re.IGNORECASE)

    def does(self, text: str, action: Literal["handoff", "refuse", "ask"]) -> bool:
        """Whether the (folded) text makes that move."""
        return any(re.search(cue, text) for cue in getattr(self.action, action))


class PracticeRule(_Record):
    """How one practice shows in a reply."""

    when: Literal["always", "strong", "several", "handoff"] = "always"
    findings: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def read_wording(root: Path = ROOT) -> Wording:
    """The wording file. Raises EvalError naming file and field."""
    path = root / "wording.yaml"
    try:
        return Wording.model_validate(read_yaml(path))
    except (ValidationError, yaml.YAMLError) as error:
        raise EvalError(f"{path.name}: {_said(error)}") from error


def read_practices(root: Path = ROOT) -> dict[str, PracticeRule]:
    """Practice id → how it is seen. Raises EvalError naming file and field."""
    path = root / "practices.yaml"
    try:
        data = read_yaml(path)
        return {name: PracticeRule.model_validate(entry) for name, entry in data.items()}
    except (ValidationError, yaml.YAMLError) as error:
        raise EvalError(f"{path.name}: {_said(error)}") from error


def read_yaml(path: Path) -> Any:
    """The file's content, by the fast parser where there is one. Raises yaml.YAMLError."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def _said(error: Exception) -> str:
    return first_problem(error) if isinstance(error, ValidationError) else " ".join(str(error).split())

"""Criteria: what a judge is asked, in Chinese with an English twin (`criteria.yaml`)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.errors import EvalError
from eval.wording import ROOT, read_yaml
from service.analysis import Language
from service.ticket import first_problem


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Record):
    """A criterion in one language."""

    criterion: str = Field(min_length=1)
    passes_when: str = Field(min_length=1)
    fails_when: str = Field(min_length=1)


class Criterion(_Record):
    """One binary question."""

    practice: str = Field(pattern=r"^P\d\d$")
    zh: Question
    en: Question

    def question(self, language: Language) -> Question:
        """The wording in that language."""
        return self.en if language == "en" else self.zh

    @property
    def hash(self) -> str:
        """Changes when any word of it does: part of the judge's fingerprint."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def read_criteria(root: Path = ROOT) -> dict[str, Criterion]:
    """Criterion id → criterion. Raises EvalError naming file and field."""
    path = root / "criteria.yaml"
    try:
        return {name: Criterion.model_validate(entry) for name, entry in read_yaml(path).items()}
    except ValidationError as error:
        raise EvalError(f"{path.name}: {first_problem(error)}") from error
    except yaml.YAMLError as error:
        raise EvalError(f"{path.name}: {' '.join(str(error).split())}") from error


def chosen(names: Sequence[str], root: Path = ROOT) -> dict[str, Criterion]:
    """The criteria of these names; none given: all. Raises EvalError naming one there is none of."""
    known = read_criteria(root)
    for name in names:
        if name not in known:
            raise EvalError(f"criterion {name!r}: there is none; criteria.yaml has {', '.join(known)}")
    return {name: known[name] for name in names or known}

"""The closed vocabularies: intents, emotions, risks, findings and the things a reply may ask for."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from prompts.reading import read_record

IntentClass = Literal["pre_sale", "order", "logistics", "after_sale", "complaint", "other", "outreach"]
_Id = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class IntentKind(_Record):
    """What one intent means; its class decides the order of moves (P04)."""

    family: IntentClass = Field(alias="class")
    zh: str
    means: str


class RiskKind(_Record):
    """A risk that forces an escalation hint."""

    zh: str
    means: str


class FindingKind(_Record):
    """Something a check can say about a draft."""

    practice: str = Field(pattern=r"^P\d\d$")
    severity: Literal["block", "warn", "hint"]
    means: str


class AskKind(_Record):
    """A slot: something a reply may have to ask the customer for."""

    zh: str
    en: str


class Taxonomy(_Record):
    """Every closed vocabulary of the product."""

    intents: dict[_Id, IntentKind]
    emotions: tuple[_Id, ...]
    risks: dict[_Id, RiskKind]
    findings: dict[_Id, FindingKind]
    asks: dict[_Id, AskKind]


def load_taxonomy(root: Path | None = None) -> Taxonomy:
    """The vocabularies of `taxonomy.yaml` in the folder.

    Raises PromptFileInvalid with one line that names the file and field.
    """
    path = (root or Path(__file__).parent) / "taxonomy.yaml"
    return read_record(path, Taxonomy)

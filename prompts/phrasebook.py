"""The phrasebook: lines every playbook shares, and how policy wording becomes a customer's."""

from pathlib import Path
from typing import Any

from pydantic import Field, RootModel

from prompts.errors import PromptFileInvalid
from prompts.line import Line, Record
from prompts.reading import read_record, read_yaml, yaml_files

REWORDING = "rewording.yaml"
GLOSSARY = "glossary.yaml"


class Swap(Record):
    """Words of a policy, and what a customer hears instead."""

    from_: tuple[str, ...] = Field(alias="from")
    to: str
    keep: tuple[str, ...] = ()
    """Longer words in which they stay as they are."""


class Rewording(Record):
    """How a sentence written for staff becomes one for a customer."""

    swaps: tuple[Swap, ...] = ()
    internal: tuple[str, ...] = ()
    """Words that mark a clause as meant for staff (or for a machine): never shown."""
    public: str = ""
    """Pattern of wordings that hold such a word and may be shown all the same."""
    strip: tuple[str, ...] = ()
    """Words dropped at the start of a sentence."""
    day: str
    """How an ISO date in a policy is told: with `{month}` and `{day}`."""
    references: str = ""
    """Pattern of a pointer to another document: left out."""
    dangling: tuple[str, ...] = ()
    """Openings that point at a sentence before; such a sentence is not quoted alone."""


class Glossary(RootModel[dict[str, str]]):
    """Words and what they are called in English."""


class Phrasebook(Record):
    """What every reply may say."""

    lines: dict[str, Line]
    rewording: Rewording
    glossary: dict[str, str] = Field(default_factory=dict)
    """Catalogue words → English."""

    def __contains__(self, line: object) -> bool:
        return line in self.lines


def load_phrasebook(root: Path | None = None) -> Phrasebook:
    """The lines of `phrases/*.yaml` under one roof, `rewording.yaml` and `glossary.yaml`.

    A line's id is `file.key`, e.g. `empathy.angry` of `empathy.yaml`.
    """
    folder = (root or Path(__file__).parent) / "phrases"
    lines: dict[str, Line] = {}
    for path in yaml_files(folder):
        if path.name not in {REWORDING, GLOSSARY}:
            lines.update(_lines(path))
    glossary = folder / GLOSSARY
    return Phrasebook(
        lines=lines,
        rewording=read_record(folder / REWORDING, Rewording),
        glossary=read_record(glossary, Glossary).root if glossary.exists() else {},
    )


def _lines(path: Path) -> dict[str, Line]:
    data: Any = read_yaml(path)
    if not isinstance(data, dict):
        raise PromptFileInvalid(f"{path}: expected a mapping of line id to {{zh, en}}")
    return {
        f"{path.stem}.{key}": read_record(path, Line, data=value, part=key) for key, value in data.items()
    }

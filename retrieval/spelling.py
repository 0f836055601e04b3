"""Names in a shop's files under the many ways people spell them: `shopfile.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.frontmatter import load_mapping

SPELLINGS = Path(__file__).with_name("shopfile.yaml")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(slots=True)
class Reader:
    """Collects warnings while the parts of a file are read."""

    where: str
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Note something odd."""
        self.warnings.append(f"{self.where}: {message}")

    def renamed(self, data: Mapping[Any, Any], part: str, known_as: Mapping[str, Any]) -> dict[str, Any]:
        """The mapping under our names; an unknown name is a warning."""
        known = {folded(word): name for name, words in known_as.items() for word in [name, *words]}
        renamed: dict[str, Any] = {}
        for key, value in data.items():
            name = known.get(folded(str(key)))
            if name is None:
                self.warn(f"{part}{key}: unknown name ignored")
            elif value is not None:
                renamed.setdefault(name, value)
        return renamed


@cache
def spellings() -> Mapping[str, Any]:
    """The names of `shopfile.yaml`."""
    return load_mapping(SPELLINGS.read_text(encoding="utf-8"), where=SPELLINGS.name)


def folded(name: str) -> str:
    """A name as it is compared."""
    return re.sub(r"[\s_\-]+", "", name).lower()

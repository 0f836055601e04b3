"""A snippet is the smallest piece of knowledge that can be cited; a hit is one that was found."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

SnippetKind = Literal["policy", "product", "phrase"]
LAW = "_law"
"""Folder and shop id of the law pack every shop inherits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One citable piece of a document, in one version."""

    id: str
    """Stable address: `document#section` (`returns#no-reason`); `#2` is appended when a section is split."""
    text: str
    """The words as written, without the heading."""
    kind: SnippetKind
    shop: str
    """Id of the shop that owns it; `_law` for the inherited law pack."""
    heading: str = ""
    """Document title and section heading, joined by ` · `."""
    version: str = "1"
    """`effective_from` in ISO form where the document has one: two versions share an id."""
    effective_from: date | None = None
    """First day in force (inclusive); None: always."""
    effective_to: date | None = None
    """Last day in force (inclusive); None: until further notice."""
    owner: str = ""
    source: str = ""
    """File it came from, relative to the shop folder."""
    applies_to: tuple[str, ...] = ()
    """Product ids or categories it is limited to; empty: all."""

    @property
    def document(self) -> str:
        """The part of the id before `#`."""
        return self.id.partition("#")[0]

    @property
    def key(self) -> str:
        """`id@version`, unique in a shop."""
        return f"{self.id}@{self.version}"

    def in_force(self, day: date) -> bool:
        """Whether the snippet is valid on that day (shop's calendar)."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A snippet that a search found, and why."""

    snippet: Snippet
    score: float
    """Fused score, higher is better; comparable within one search only."""
    why: str = ""
    """Which terms, which list, which rank: one line a person can read."""
    query: int = 0
    """Index of the query (issue) that found it best."""

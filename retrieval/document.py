"""A document as a shop wrote it, cut at its headings; snippets are made from its sections."""

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

from retrieval.snippet import SnippetKind

APPROVED = frozenset({"", "approved", "active", "published", "live", "effective", "current"})
"""Values of `status` that may be retrieved; anything else (draft, retired…) is kept but never found."""
INTERNAL = frozenset({"internal", "staff", "agents", "private"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One headed part of a document."""

    anchor: str
    """Unique in its document; the part of a snippet id after `#`."""
    heading: str
    text: str
    questions: tuple[str, ...] = ()
    """Ways customers ask for it: searched, never shown or cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of one document."""

    id: str
    title: str
    kind: SnippetKind
    shop: str
    sections: tuple[Section, ...]
    version: str = "1"
    effective_from: date | None = None
    effective_to: date | None = None
    owner: str = ""
    updated: date | None = None
    status: str = ""
    audience: str = ""
    applies_to: tuple[str, ...] = ()
    source: str = ""

    @property
    def key(self) -> str:
        """`id@version`, unique in a shop."""
        return f"{self.id}@{self.version}"

    @property
    def retrievable(self) -> bool:
        """Whether drafts may use it: approved, and not for staff only."""
        return self.status.lower() in APPROVED and self.audience.lower() not in INTERNAL

    def to_json(self) -> str:
        """The document as one line of JSON."""
        return json.dumps(self, ensure_ascii=False, sort_keys=True, default=plain)

    @staticmethod
    def from_json(text: str) -> "Document":
        """The document that `to_json` wrote."""
        data = json.loads(text)
        data["sections"] = tuple(
            Section(**{**part, "questions": tuple(part["questions"])}) for part in data["sections"]
        )
        data["applies_to"] = tuple(data["applies_to"])
        for field in ("effective_from", "effective_to", "updated"):
            data[field] = date.fromisoformat(data[field]) if data[field] else None
        return Document(**data)


def plain(value: Any) -> Any:
    """For `json.dumps`: a value's fields by name, and words for what has none."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)

"""What a search asks: one query per thing the customer wants."""

from dataclasses import dataclass
from datetime import date

from retrieval.snippet import SnippetKind

EVIDENCE: tuple[SnippetKind, ...] = ("policy", "product")
"""Kinds searched when a query names none: phrases are wording, not evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One issue to find evidence for."""

    text: str
    """The customer's words for it."""
    at: date
    """The decisive day in the shop's calendar: only snippets in force on it are found."""
    context: tuple[str, ...] = ()
    """Earlier customer turns, which count less."""
    terms: tuple[str, ...] = ()
    """Words the playbook knows for the policy's wording, which count less."""
    kinds: tuple[SnippetKind, ...] = ()
    """Empty: policies and products, not phrases."""
    product_ids: tuple[str, ...] = ()
    """Products meant: their snippets and the policies limited to them come first."""

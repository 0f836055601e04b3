"""A policy file as a document."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from retrieval.catalogue import wording
from retrieval.document import Document, Section
from retrieval.errors import ShopError
from retrieval.frontmatter import read_date, read_words, split_front_matter
from retrieval.markdown import cut

KNOWN = frozenset(
    {
        "id", "title", "effective_from", "effective_to", "owner", "updated", "applies_to",
        "audience", "status", "questions", "version", "title_en", "source", "confidence",
    }
)  # fmt: skip


def read_policy(text: str, *, shop: str, source: str) -> tuple[Document, list[str]]:
    """The document a Markdown or text file holds, and what is odd about it."""
    head, body = split_front_matter(text, where=source)
    title, sections = cut(body if source.lower().endswith((".md", ".markdown")) else with_headings(body))
    return read_sections(sections, head, shop=shop, source=source, title=title)


def read_sections(
    sections: tuple[Section, ...], head: Mapping[str, Any], *, shop: str, source: str, title: str = ""
) -> tuple[Document, list[str]]:
    """A document of sections that are read already, described by what its front matter says."""
    if not sections:
        raise ShopError(f"{source}: no text; expected sections under `## heading` lines")
    warnings = [f"{source}: unknown front matter `{key}` ignored" for key in head if key not in KNOWN]
    stem = PurePosixPath(source).stem
    if not head.get("id"):
        warnings.append(f"{source}: front matter has no `id`; taken from the file name: {stem}")
    document = _described(head, shop=shop, source=source, stem=stem, title=title)
    sections = _with_questions(sections, head.get("questions"), warnings, source)
    return replace(document, sections=sections), warnings


def with_headings(text: str) -> str:
    """Plain text with its headings marked: lines of the looks of `heading_looks` in `catalogue.yaml`."""
    patterns = _heading_patterns()
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(f"## {line}" if any(p.match(line) for p in patterns) else line for line in lines)


@cache
def _heading_patterns() -> list[Any]:
    import re2

    return [re2.compile(str(pattern)) for pattern in wording()["heading_looks"]]


def _described(head: Mapping[str, Any], *, shop: str, source: str, stem: str, title: str) -> Document:
    def day(field: str) -> date | None:
        return read_date(head.get(field), where=f"{source}: {field}")

    def word(field: str, default: str = "") -> str:
        value = head.get(field)
        return default if value is None else " ".join(str(value).split())

    start, end = day("effective_from"), day("effective_to")
    if start and end and end < start:
        raise ShopError(f"{source}: effective_to {end} lies before effective_from {start}; swap or mend them")
    identity = word("id", stem)
    if any(char in "#@\n\t" for char in identity):
        raise ShopError(f"{source}: id: `{identity[:40]}` contains # or @; expected letters, digits, hyphens")
    return Document(
        id=identity, title=word("title", title or stem), kind="policy", shop=shop, sections=(),
        version=start.isoformat() if start else "1", effective_from=start, effective_to=end,
        owner=word("owner"), updated=day("updated"), status=word("status"), audience=word("audience"),
        applies_to=read_words(head.get("applies_to")), source=source,
    )  # fmt: skip


def _with_questions(
    sections: tuple[Section, ...], given: object, warnings: list[str], source: str
) -> tuple[Section, ...]:
    """`questions` is a mapping anchor → list, or a list for a document of one section."""
    if given is None:
        return sections
    if not isinstance(given, dict):
        if len(sections) > 1:
            warnings.append(
                f"{source}: questions: expected a mapping from section anchor to questions; ignored"
            )
            return sections
        return (replace(sections[0], questions=read_words(given)),)
    asked = {str(anchor): read_words(words) for anchor, words in given.items()}
    unknown = set(asked) - {section.anchor for section in sections}
    warnings += [f"{source}: questions: no section has the anchor `{anchor}`" for anchor in sorted(unknown)]
    return tuple(replace(part, questions=asked.get(part.anchor, ())) for part in sections)

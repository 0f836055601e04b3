"""Documents cut into snippets: a section is one snippet unless it is long, then sentences are grouped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.document import Document, Section
from retrieval.snippet import Snippet

TARGET_CHARS = 300
"""Pieces of a split section aim at this; 220 to 350 was measured best for retrieval."""
LAST_HEADING = 2
"""Times the section's own heading is read again: it says in a few words what the section is about."""
WHOLE_CHARS = 420
"""A section up to this length stays whole: a citation is worth more than an even length."""

_ENGLISH_STOP = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A snippet with the words it is found by."""

    snippet: Snippet
    also: str = ""
    """Words searched beside heading and text: example questions."""

    @property
    def searched(self) -> str:
        """What the index reads: heading, text, example questions."""
        heading = self.snippet.heading
        last = heading.rpartition(" · ")[2]
        return "\n".join(
            part for part in (heading, *[last] * LAST_HEADING, self.snippet.text, self.also) if part
        )


def entries(document: Document) -> Iterator[Entry]:
    """The snippets of a document, in its order."""
    for section in document.sections:
        pieces = split(section.text)
        for number, piece in enumerate(pieces, start=1):
            tail = f"#{number}" if number > 1 else ""
            yield Entry(
                snippet=_snippet(document, section, f"{document.id}#{section.anchor}{tail}", piece),
                also="\n".join(section.questions),
            )


def _snippet(document: Document, section: Section, identity: str, text: str) -> Snippet:
    return Snippet(
        id=identity, text=text, kind=document.kind, shop=document.shop, version=document.version,
        heading=" · ".join(dict.fromkeys(part for part in (document.title, section.heading) if part)),
        effective_from=document.effective_from, effective_to=document.effective_to,
        owner=document.owner, source=document.source, applies_to=document.applies_to,
    )  # fmt: skip


def split(text: str) -> list[str]:
    """A section's text in pieces; nothing is lost and no sentence is cut unless it alone is too long."""
    if len(text) <= WHOLE_CHARS:
        return [text]
    pieces: list[str] = []
    current = ""
    for block in _blocks(text):
        if current and len(current) + len(block) > TARGET_CHARS:
            pieces.append(current)
            current = ""
        current += block
    if current:
        pieces.append(current)
    if len(pieces) > 1 and len(pieces[-1].strip()) < TARGET_CHARS // 5:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    return [piece.strip("\n ") for piece in pieces if piece.strip()]


def _blocks(text: str) -> Iterator[str]:
    """Sentences, list items and table groups, each with its line end; long ones cut hard."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        if index + 1 < len(lines) and "|" in lines[index] and _TABLE_RULE.match(lines[index + 1]):
            end = index + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield from _table(lines[index:end])
            index = end
            continue
        yield from _sentences(lines[index] + "\n")
        index += 1


def _table(lines: list[str]) -> Iterator[str]:
    """A table in groups of rows, each under the table's head."""
    head, rows = "\n".join(lines[:2]) + "\n", lines[2:]
    group: list[str] = []
    for row in rows:
        if group and len(head) + sum(map(len, group)) + len(row) > TARGET_CHARS:
            yield head + "\n".join(group) + "\n"
            group = []
        group.append(row)
    yield head + "\n".join(group) + "\n"


def _sentences(line: str) -> Iterator[str]:
    if len(line) <= TARGET_CHARS:
        yield line
        return
    for part in re.findall(
        r"[^。！？!?；;]*[。！？!?；;]+[”’」』）)\]]*|[^。！？!?；;]+$", line, re.DOTALL
    ) or [line]:
        start = 0
        for stop in _ENGLISH_STOP.finditer(part):
            yield from _hard(part[start : stop.end()])
            start = stop.end()
        yield from _hard(part[start:])


def _hard(part: str) -> Iterator[str]:
    for start in range(0, len(part), WHOLE_CHARS):
        yield part[start : start + WHOLE_CHARS]

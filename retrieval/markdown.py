"""Markdown cut into sections with stable anchors."""

import re
import unicodedata

from retrieval.document import Section

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_ANCHOR = re.compile(r"[ \t]*\{#([^\s{}]+)\}[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(```|~~~)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
INTRO = "intro"
"""Anchor of the text before the first section heading."""


def slug(text: str) -> str:
    """A heading as an anchor: letters, digits and CJK kept, anything else one hyphen."""
    folded = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(char if char.isalnum() else "-" for char in folded)
    return re.sub(r"-{2,}", "-", kept).strip("-")[:60].rstrip("-")


def cut(body: str) -> tuple[str, tuple[Section, ...]]:
    """The title (first `#` heading, empty if none) and the sections of a Markdown text.

    Every `##` or deeper heading starts a section; a section without words of its own gives its
    heading to the sections below it. An anchor comes from `{#name}`, else from the heading alone, so
    that it does not change when another section does; only a repeated heading is told apart by its
    parent's, then by a number.
    """
    title, parts = "", [_Part(0, "", "", [])]
    fenced = False
    for line in _COMMENT.sub("", body).split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        found = None if fenced else _HEADING.match(line)
        if found is None:
            parts[-1].lines.append(line)
            continue
        level, heading = len(found.group(1)), found.group(2)
        anchor = _ANCHOR.search(heading)
        name = _ANCHOR.sub("", heading).strip()
        if level == 1 and not title and len(parts) == 1:
            title = name
        else:
            parts.append(_Part(level, name, anchor.group(1) if anchor else "", []))
    return title, tuple(_sections(parts))


class _Part:
    def __init__(self, level: int, heading: str, anchor: str, lines: list[str]) -> None:
        self.level, self.heading, self.anchor, self.lines = level, heading, anchor, lines

    @property
    def text(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()


def _sections(parts: list[_Part]) -> list[Section]:
    above: list[_Part] = []
    taken: set[str] = set()
    sections = []
    for part in parts:
        while above and above[-1].level >= part.level:
            above.pop()
        parents = [parent for parent in above if parent.heading]
        above.append(part)
        if not part.text:
            continue
        anchor = _free(part, parents, taken)
        taken.add(anchor)
        heading = " · ".join([*(parent.heading for parent in parents), part.heading])
        sections.append(Section(anchor=anchor, heading=heading, text=part.text))
    return sections


def _free(part: _Part, parents: list[_Part], taken: set[str]) -> str:
    base = part.anchor or slug(part.heading) or INTRO
    if base not in taken:
        return base
    if parents:
        base = f"{parents[-1].anchor or slug(parents[-1].heading)}-{base}"
    number, anchor = 2, base
    while anchor in taken:
        anchor = f"{base}-{number}"
        number += 1
    return anchor

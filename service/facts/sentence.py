"""A sentence of a snippet: the unit that is read into rules, shown to a customer and cited."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.snippet import Snippet

_STOPS = re.compile(r"(?<=[。！？!?；;])|(?<=[a-z)][.])\s+(?=[A-Z])")
_BULLET = re.compile(
    r"^\s*(?:[-*•·+]|\d{1,2}[.、)）](?!\d)|[（(]?[一二三四五六七八九十\d]{1,2}[)）、]|[①-⑳])\s*"
)
_MARKUP = re.compile(r"\*\*|__|`|^#+\s*|^>\s*")
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")
_LEAD_MAX = 40
"""A line ending in a colon is the lead of a list only if it is about as short as a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One statement, as a customer could be told it, and the words it stands for."""

    snippet: str
    """Key of its snippet, `id@version`."""
    text: str
    """Without bullets and markup; a table row reads `head：cell，…`."""
    quote: str
    """The exact words in the snippet."""
    lead: str = ""
    """The line that introduces the list it is in, or its section's heading."""
    position: int = 0


@lru_cache(maxsize=20_000)
def sentences(snippet: Snippet) -> tuple[Sentence, ...]:
    """The sentences of a snippet, in order."""
    made: list[Sentence] = []
    for text, quote, lead in _statements(snippet.text.splitlines()):
        made.append(Sentence(snippet=snippet.key, text=text, quote=quote, lead=lead, position=len(made)))
    return tuple(made)


def _statements(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    lead, header = "", []
    for index, raw in enumerate(lines):
        line = raw.strip()
        if not line or _RULE.match(line):
            lead = lead if line else ""
            continue
        if line.startswith("|"):
            cells = [_plain(cell) for cell in line.strip("|").split("|")]
            following = lines[index + 1].strip() if index + 1 < len(lines) else ""
            if following and _RULE.match(following):
                header = cells
            else:
                yield _row(header, cells), line, lead
            continue
        header = []
        listed = bool(_BULLET.match(raw))
        body = _plain(_BULLET.sub("", raw))
        if body.endswith(("：", ":")) and len(body) <= _LEAD_MAX:
            lead = body.rstrip("：:")
            continue
        if not listed:
            lead = ""
        for part in _STOPS.split(body):
            if part and part.strip(" 。；;!！?？"):
                yield part.strip(), part.strip(), lead


def _row(header: list[str], cells: list[str]) -> str:
    if not header or len(header) != len(cells):
        return "，".join(cell for cell in cells if cell)
    rest = "，".join(
        f"{name}{cell}" if cell.startswith(tuple("0123456789")) and len(name) < 5 else f"{name}：{cell}"
        for name, cell in zip(header[1:], cells[1:], strict=True)
        if cell and cell not in {"-", "—", "/"}
    )
    return f"{cells[0]}，{rest}" if rest else cells[0]


def _plain(text: str) -> str:
    return _MARKUP.sub("", text.strip()).strip()

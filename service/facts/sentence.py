"""A sentence of a snippet: the unit that is read into rules, shown to a customer and cited."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.snippet import Snippet
from service.facts.vocabulary import pattern

_STOPS = re.compile(r"(?<=[。！？!?；;])|(?<=[a-z)][.])\s+(?=[A-Z])")
_MARKUP = re.compile(r"\*\*|__|`|^#+\s*|^>\s*")
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")
_COLONS = ("：", ":")
_NUMBERS = "①②③④⑤⑥"
_LIST_MAX = 130
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
    row: str = ""
    """First cell, if it is a row of a table."""
    position: int = 0


@lru_cache(maxsize=20_000)
def sentences(snippet: Snippet) -> tuple[Sentence, ...]:
    """The sentences of a snippet, in order."""
    made: list[Sentence] = []
    for text, quote, lead in _statements(snippet.text.splitlines()):
        row = _plain(quote.strip("|").partition("|")[0]) if quote.startswith("|") else ""
        made.append(
            Sentence(snippet=snippet.key, text=text, quote=quote, lead=lead, row=row, position=len(made))
        )
    return tuple(made)


def _statements(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    lead, header = "", []
    bullets: list[tuple[str, str]] = []
    for index, raw in enumerate([*lines, ""]):
        line = raw.strip()
        listed = bool(pattern("bullet").match(raw)) and not line.startswith("|")
        if bullets and not listed and (line or index == len(lines)):
            yield from _list(bullets, lead)
            bullets, lead = [], ""
        if not line or _RULE.match(line):
            continue
        if line.startswith("|"):
            cells = [_plain(cell) for cell in line.strip("|").split("|")]
            if index + 1 < len(lines) and lines[index + 1].strip() and _RULE.match(lines[index + 1].strip()):
                header = cells
            else:
                yield _row(header, cells), line, lead
            continue
        body = _plain(pattern("bullet").sub("", raw) if listed else raw)
        if listed:
            bullets.append((body, line))
        elif body.endswith(_COLONS) and len(body) <= _LEAD_MAX:
            lead = body.rstrip("：:")
        else:
            yield from ((part, part, "") for part in _parts(body))
            lead = _open_end(body)


def _open_end(body: str) -> str:
    """The last clause of a paragraph that introduces what follows it."""
    last = list(_parts(body))[-1:]
    return last[0].rstrip("：:") if last and last[0].endswith(_COLONS) else ""


def _parts(body: str) -> Iterator[str]:
    for part in _STOPS.split(body):
        if part and part.strip(" 。；;!！?？"):
            yield part.strip()


def _list(bullets: list[tuple[str, str]], lead: str) -> Iterator[tuple[str, str, str]]:
    """A short list is one statement, for its items are read together; a long one is one per item."""
    texts = [text.rstrip("。；;") for text, _ in bullets]
    if 1 < len(texts) <= len(_NUMBERS) and sum(map(len, texts)) <= _LIST_MAX:
        joined = "；".join(f"{number}{text}" for number, text in zip(_NUMBERS, texts, strict=False))
        yield f"{lead}：{joined}" if lead else joined, "\n".join(raw for _, raw in bullets), ""
        return
    for text, _raw in bullets:
        yield from ((part, part, lead) for part in _parts(text))


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

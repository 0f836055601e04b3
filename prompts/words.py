"""Words that checks, ledger and masker read by: named patterns, tables and sentences of `rules/words/`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from prompts.errors import PromptFileInvalid
from prompts.folding import Folding
from prompts.patterns import Strict, Wording, compiled, groups, read_rules

BLANK = "〇"
"""Stands for a character that is not to be read."""

CLAUSE_END = ",。;!?\n"


class _WordsFile(Strict):
    about: str
    parts: dict[str, str] = Field(default_factory=dict)
    patterns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    tables: dict[str, dict[str, str]] = Field(default_factory=dict)
    sentences: dict[str, Wording] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a named pattern occurs, and where its groups do."""

    text: str
    span: tuple[int, int]
    spans: Mapping[str, tuple[int, int]]

    def get(self, group: str) -> str:
        """The words of a group; empty if it took no part."""
        start, end = self.spans.get(group, (0, 0))
        return self.text[start:end]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Named patterns, tables and sentences that checks, ledger and masker read by."""

    patterns: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, str]]
    sentences: Mapping[str, Wording]
    groups: Mapping[str, tuple[tuple[str, int], ...]]
    """Named groups of each pattern with their numbers; RE2 would count them anew at every match."""
    members: Mapping[str, Mapping[int, str]]
    families: Mapping[str, Any]
    """Patterns named `family.member`, joined: one pass tells which members stand where."""

    def find(self, name: str, text: str) -> bool:
        """Whether the named pattern occurs."""
        return self.patterns[name].search(text) is not None

    def negates(self, before: str) -> bool:
        """Whether what follows is denied; 未拆封 and 不喜欢 are conditions, no denials."""
        return self.find("negated", self.without("harmless_negation", before))

    def without(self, name: str, text: str) -> str:
        """The text with the named pattern blanked out, every other character in its place."""
        for start, end in self.spans(name, text):
            text = text[:start] + BLANK * (end - start) + text[end:]
        return text

    def spans(self, name: str, text: str) -> list[tuple[int, int]]:
        """Where the named pattern occurs."""
        return [match.span() for match in self.patterns[name].finditer(text)]

    def each(self, name: str, text: str) -> Iterator["Found"]:
        """Every place where the named pattern occurs, with its named groups."""
        pattern = self.patterns[name]
        for match in pattern.finditer(text):
            spans: dict[str, tuple[int, int]] = {}
            for group, index in self.groups[name]:
                span = match.span(index)
                if span[0] >= 0:
                    spans[group] = span
            yield Found(text=text, span=match.span(), spans=spans)

    def scan(self, family: str, text: str) -> list[tuple[int, int, str]]:
        """Where members of a family stand, and which; of two at one place the first in the file."""
        names = self.members[family]
        return [(*match.span(), names[match.lastindex]) for match in self.families[family].finditer(text)]


def clause(text: str, start: int, end: int, *, stops: str = CLAUSE_END) -> tuple[int, int]:
    """The clause around a span: from the mark before it to the mark after it."""
    left = max((text.rfind(mark, 0, start) for mark in stops), default=-1) + 1
    rights = [at for mark in stops if (at := text.find(mark, end)) >= 0]
    return left, min(rights, default=len(text))


def load_words(home: Path) -> tuple[Words, Folding]:
    """All words files of a folder, compiled, and the folding they describe. Raises PromptFileInvalid."""
    files = {path: read_rules(path, _WordsFile) for path in sorted(home.glob("*.yaml"))}
    parts = {name: part for file in files.values() for name, part in file.parts.items()}
    patterns: dict[str, Any] = {}
    tables: dict[str, dict[str, str]] = {}
    sentences: dict[str, Wording] = {}
    for path, file in files.items():
        for name, sources in file.patterns.items():
            full = [_expand(source, parts, f"{path.name}: patterns.{name}") for source in sources]
            patterns[name] = compiled(full, f"{path.name}: patterns.{name}")
        tables |= file.tables
        sentences |= file.sentences
    families = _families(patterns)
    words = Words(
        patterns=patterns,
        tables=tables,
        sentences=sentences,
        groups={name: tuple(groups(pattern)) for name, pattern in patterns.items()},
        members={
            name: {number: group for group, number in groups(family)} for name, family in families.items()
        },
        families=families,
    )
    return words, Folding(
        variants=tables["variants"],
        disguises=tables["disguises"],
        separators=frozenset(tables["separators"]),
    )


def _families(patterns: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, list[str]] = {}
    for name, pattern in patterns.items():
        family, dot, member = name.partition(".")
        if dot:
            members.setdefault(family, []).append(f"(?P<{member}>{pattern.pattern})")
    return {family: compiled(sources, family) for family, sources in members.items()}


def _expand(source: str, parts: Mapping[str, str], where: str) -> str:
    """`{{name}}` replaced by the part of that name, a few levels deep."""
    for _ in range(4):
        if "{{" not in source:
            return source
        for name, part in parts.items():
            source = source.replace("{{" + name + "}}", part)
    if "{{" in source:
        raise PromptFileInvalid(f"{where}: unknown part in {source[:80]!r}; expected one of {sorted(parts)}")
    return source

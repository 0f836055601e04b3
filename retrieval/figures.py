"""Figures in policy sentences: `7 天`, `24 小时`, `30 元`, `15 days`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.frontmatter import load_mapping
from retrieval.tokenising import fold, is_exact, tokens
from retrieval.wording import load_wording

FILE = Path(__file__).with_name("figures.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence that states figures."""

    sentence: str
    figures: frozenset[tuple[str, str]]
    """(unit, value)."""
    topic: frozenset[str]
    """What it is about: its words without figures and without words that name nothing."""


def sentences(text: str) -> Iterator[str]:
    """The sentences and clauses of a text."""
    ends = _vocabulary()[3]
    return (part for raw in re.split(f"(?<=[{re.escape(ends)}])", text) if (part := raw.strip()))


def claims(text: str) -> Iterator[Claim]:
    """The sentences of a text that state figures."""
    pattern, units, numerals, _ = _vocabulary()
    for sentence in sentences(text):
        folded = fold(sentence)
        found = frozenset(
            (units[match.group(2)], numerals.get(match.group(1), match.group(1)))
            for match in pattern.finditer(folded)
        )
        if found:
            rest = load_wording().strong_part(pattern.sub(" ", folded))
            topic = frozenset(token for token in tokens(rest) if is_exact(token) and len(token) > 1)
            yield Claim(sentence=sentence, figures=found, topic=topic)


def figure_spans(folded: str) -> list[tuple[int, int]]:
    """Where the figures of a folded text stand."""
    return [match.span() for match in _vocabulary()[0].finditer(folded)]


@cache
def _vocabulary() -> tuple[re.Pattern[str], dict[str, str], dict[str, str], str]:
    data: Any = load_mapping(FILE.read_text(encoding="utf-8"), where=FILE.name)
    units = {str(word): str(name) for name, words in data["units"].items() for word in words}
    numerals = {str(word): str(value) for word, value in data["numerals"].items()}
    either = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    numbers = "|".join(sorted(map(re.escape, numerals), key=len, reverse=True))
    return re.compile(rf"(\d+(?:\.\d+)?|{numbers})\s*({either})"), units, numerals, str(data["ends"])

"""Front matter: the YAML block between `---` lines at the head of a Markdown file."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

from retrieval.errors import ShopError

_BLOCK = re.compile(r"\A\s*---[ \t]*\n(.*?)(?:\n)?^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_DATE = re.compile(r"\A(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?\Z")
OPEN_ENDED = frozenset({"", "~", "-", "none", "null", "always", "forever", "open", "n/a"})
MAX_CHARS = 50_000
"""Longest front matter read; YAML is slow and a real one has a dozen lines."""


def split_front_matter(text: str, *, where: str) -> tuple[Mapping[str, Any], str]:
    """The front matter as a mapping (empty if there is none) and the text after it."""
    found = _BLOCK.match(text)
    if found is None:
        if text.lstrip().startswith("---\n") and ":" in text[:200]:
            raise ShopError(f"{where}: front matter is never closed; expected a line `---` after it")
        return {}, text
    return load_mapping(found.group(1), where=f"{where}: front matter"), text[found.end() :]


def load_mapping(text: str, *, where: str) -> Mapping[str, Any]:
    """A YAML mapping; an empty text is an empty mapping."""
    loaded = load_yaml(text, where=where)
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ShopError(f"{where}: expected `name: value` lines, found a {type(loaded).__name__}")
    return {str(key).strip(): value for key, value in loaded.items()}


def load_yaml(text: str, *, where: str) -> Any:
    """Any YAML document, without anchors, which can be made to explode."""
    if len(text) > MAX_CHARS * 20:
        raise ShopError(f"{where}: {len(text):,} characters; expected at most {MAX_CHARS * 20:,}")
    try:
        return yaml.load(text, _Plain)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ShopError(f"{where}: not readable as YAML: {_reason(error)}") from error


class _Plain(yaml.SafeLoader):
    """Safe loading without aliases: a few lines of nested aliases expand to gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases (`*name`) are not allowed: write the value out")
        return super().compose_node(parent, index)


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(f"{problem} (line {mark.line + 1})".split() if mark else problem.split())


def read_date(value: object, *, where: str) -> date | None:
    """A calendar day from what people write for one; None where it is left open."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if text.lower() in OPEN_ENDED:
        return None
    if len(text) == 8 and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = _DATE.match(text)
    try:
        if found:
            year, month, day = (int(part) for part in found.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise ShopError(f"{where}: `{text[:40]}` is not a date; expected YYYY-MM-DD, or leave it out")


def read_words(value: object) -> tuple[str, ...]:
    """A list of words from a YAML list, or from one string with commas between them."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple, set)):
        parts = [str(item) for item in value if item is not None]
    else:
        parts = re.split(r"[,，、;；]", str(value))
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

"""Patterns as people write them in rule files, compiled by RE2: linear time, whatever anybody writes."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import re2
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from prompts.errors import PromptFileInvalid

T = TypeVar("T", bound=BaseModel)

AS_FOLDED = str.maketrans(
    {
        "，": ",",
        "；": ";",
        "：": ":",
        "！": "!",
        "？": "\\?",
        "（": "\\(",
        "）": "\\)",
        "～": "~",
        "＋": "\\+",
    }
)
"""Full-width marks in a pattern, as the folded text has them."""

GROUP_NAME = re.compile(r"\(\?P<(\w+)>")


class Strict(BaseModel):
    """A part of a rule file: nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(Strict):
    """One sentence in the agent's language; English falls back on Chinese only if it is missing."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """The sentence in that language."""
        return self.en if language == "en" else self.zh


def options() -> Any:
    """How RE2 compiles our patterns."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 256 << 20
    return options


def compiled(sources: Iterable[str], where: str) -> Any:
    """Several patterns as one; None if there are none. Raises PromptFileInvalid."""
    joined = "|".join(f"(?:{_numbered(source, index)})" for index, source in enumerate(sources))
    if not joined:
        return None
    try:
        return re2.compile(joined, options())
    except re2.error as error:
        raise PromptFileInvalid(
            f"{where}: not an RE2 pattern: {error}; no look-around or backreference"
        ) from error


def _numbered(source: str, index: int) -> str:
    """A pattern whose group names are its own: RE2 keeps only the first of two groups of one name."""
    return GROUP_NAME.sub(rf"(?P<\1__{index}>", source.translate(AS_FOLDED))


def groups(pattern: Any) -> Iterator[tuple[str, int]]:
    """The named groups of a compiled pattern, by the names they were written with."""
    for name, number in pattern.groupindex.items():
        yield name.partition("__")[0], number


def read_rules(path: Path, shape: type[T]) -> T:
    """A rule file in its shape. Raises PromptFileInvalid naming file and field."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return shape.model_validate(data)
    except yaml.YAMLError as error:
        raise PromptFileInvalid(f"{path.name}: not YAML: {' '.join(str(error).split())[:200]}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PromptFileInvalid(
            f"{path.name}: {field}: {first['msg']}, got {first['input']!r:.80}"
        ) from error

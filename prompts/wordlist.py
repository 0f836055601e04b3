"""Lists of words and patterns, found as one alternation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words or RE2 patterns, found as one alternation. They are matched against folded text."""

    patterns: tuple[str, ...]
    compiled: Any
    """A compiled RE2 pattern; None for an empty list, which matches nothing."""

    def __bool__(self) -> bool:
        return self.compiled is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they occur, left to right, not overlapping."""
        if self.compiled is not None:
            for match in self.compiled.finditer(text):
                if match.end() > match.start():
                    yield match.span()

    def matches(self, text: str) -> Iterator[Any]:
        """The same as match objects, for patterns with groups."""
        if self.compiled is not None:
            yield from self.compiled.finditer(text)

    def within(self, text: str) -> bool:
        """Whether any occurs."""
        return self.compiled is not None and self.compiled.search(text) is not None


def words(value: Any) -> Words:
    """Words of a list of patterns; ValueError names the pattern that RE2 does not accept."""
    import re2

    if isinstance(value, Words):
        return value
    if value is None:
        return Words((), None)
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("expected a list of words or RE2 patterns")
    if not value:
        return Words((), None)
    for item in value:
        _compiled(re2, item)
    return Words(tuple(value), _compiled(re2, "|".join(f"(?:{item})" for item in value)))


def _compiled(re2: Any, pattern: str) -> Any:
    try:
        options = re2.Options()
        options.log_errors = False
        return re2.compile(pattern, options)
    except Exception as error:
        raise ValueError(f"{pattern!r} is not an RE2 pattern: {error}") from error


WordList = Annotated[Words, PlainValidator(words)]
NONE = Words((), None)

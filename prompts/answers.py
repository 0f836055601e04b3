"""Words that stand where they do not belong: a machine's excuses in an answer, orders in a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from prompts.errors import PromptFileInvalid
from prompts.reading import read_record

_QUOTES = " \t：:「」“”\"'"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    refusals: tuple[str, ...] = Field(min_length=1)
    must_be_refusals: tuple[str, ...] = ()
    must_not_be_refusals: tuple[str, ...] = ()
    orders: tuple[str, ...] = Field(min_length=1)
    must_be_orders: tuple[str, ...] = ()
    must_not_be_orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What `answers.yaml` holds, ready to match."""

    refusals: Any
    """A compiled RE2 set of alternatives."""
    orders: Any

    def refuses(self, text: str) -> bool:
        """Whether the text declines in the voice of a machine."""
        return self.refusals.search(text.lower()) is not None

    def without_orders(self, text: str) -> str:
        """The text without what tells a writer what to say: from the order to the end of its line.

        The line after an order that announces one goes, too.
        """
        kept: list[str] = []
        announced = False
        for line in text.split("\n"):
            found = self.orders.search(line.lower())
            if found:
                kept.append(line[: found.start()].rstrip())
                announced = not line[found.end() :].strip(_QUOTES)
            elif not announced or not line.strip():
                kept.append(line)
            else:
                announced = False
        return "\n".join(kept)


def load_answer_words(root: Path | None = None) -> AnswerWords:
    """The patterns of `answers.yaml`, tried on their own examples.

    Raises PromptFileInvalid naming the pattern or example that does not fit.
    """
    path = (root or Path(__file__).parent) / "answers.yaml"
    file = read_record(path, _File)
    words = AnswerWords(_compiled(path, "refusals", file.refusals), _compiled(path, "orders", file.orders))
    for name, examples, pattern, wanted in (
        ("must_be_refusals", file.must_be_refusals, words.refusals, True),
        ("must_not_be_refusals", file.must_not_be_refusals, words.refusals, False),
        ("must_be_orders", file.must_be_orders, words.orders, True),
        ("must_not_be_orders", file.must_not_be_orders, words.orders, False),
    ):
        for text in examples:
            if (pattern.search(text.lower()) is not None) != wanted:
                raise PromptFileInvalid(f"{path}: {name}: {text!r} does not do so; mend a pattern")
    return words


def _compiled(path: Path, name: str, patterns: Sequence[str]) -> Any:
    import re2

    for pattern in patterns:
        try:
            re2.compile(pattern)
        except re2.error as error:
            raise PromptFileInvalid(f"{path}: {name}: {pattern!r}: {error}") from error
    return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns))

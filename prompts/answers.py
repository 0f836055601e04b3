"""The words by which a model's failed answer is known."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from prompts.errors import PromptFileInvalid
from prompts.reading import read_record


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    refusals: tuple[str, ...] = Field(min_length=1)
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What `answers.yaml` holds, ready to match."""

    refusals: Any
    """A compiled RE2 set of alternatives."""

    def refuses(self, text: str) -> bool:
        """Whether the text declines in the voice of a machine."""
        return self.refusals.search(text.lower()) is not None


def load_answer_words(root: Path | None = None) -> AnswerWords:
    """The patterns of `answers.yaml`, tried on their own examples.

    Raises PromptFileInvalid naming the pattern or example that does not fit.
    """
    import re2

    path = (root or Path(__file__).parent) / "answers.yaml"
    file = read_record(path, _File)
    for pattern in file.refusals:
        try:
            re2.compile(pattern)
        except re2.error as error:
            raise PromptFileInvalid(f"{path}: refusals: {pattern!r}: {error}") from error
    words = AnswerWords(re2.compile("|".join(f"(?:{pattern})" for pattern in file.refusals)))
    for text, wanted in [(t, True) for t in file.must_match] + [(t, False) for t in file.must_not_match]:
        if words.refuses(text) != wanted:
            which = "must_match" if wanted else "must_not_match"
            raise PromptFileInvalid(
                f"{path}: {which}: {text!r} does not do so; mend a pattern under refusals"
            )
    return words

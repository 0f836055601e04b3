"""What customers say, labelled: examples of an intent, clauses, whole messages."""

from typing import Any

from pydantic import Field, model_validator

from prompts.reading import Strict
from prompts.wordlist import NONE, WordList


class IntentWords(Strict):
    """How customers say one intent."""

    certain: WordList = NONE
    """One hit in a clause is enough."""
    likely: WordList = NONE
    """One hit speaks for it."""
    against: WordList = NONE
    """One hit in the clause takes it back."""
    zh: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Trade → example messages in Chinese."""
    en: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Every example as (trade, text)."""
        both = [*self.zh.items(), *self.en.items()]
        return tuple((trade, text) for trade, texts in both for text in texts)


class Clause(Strict):
    """One clause as a customer typed it, with all it wants; nothing, if it only tells the circumstances."""

    t: str
    i: tuple[str, ...]


class Message(Strict):
    """One message of a customer with all that should be understood from it."""

    t: tuple[str, ...]
    """The last bubbles."""
    before: tuple[str, ...] = ()
    """Lines before them: `C: …` of the customer, `A: …` of the agent."""
    i: tuple[str, ...] = Field(min_length=1)
    """Intents."""
    e: str
    """Emotion."""
    s: int = Field(ge=0, le=3)
    """Its strength."""
    r: tuple[str, ...] = ()
    """Risks."""
    esc: bool = False
    """Whether it goes to a supervisor."""

    @property
    def text(self) -> str:
        """The bubbles as one text."""
        return "\n".join(self.t)

    @model_validator(mode="before")
    @classmethod
    def _one_bubble(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("t"), str):
            return {**data, "t": [data["t"]]}
        return data


class Fitted(Strict):
    """Weights of one decision: rows are traits, columns labels."""

    labels: tuple[str, ...]
    bias: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]


class FittedDecisions(Strict):
    """The decisions taken on a whole ticket."""

    wishes: Fitted
    feelings: Fitted

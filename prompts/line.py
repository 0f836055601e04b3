"""A line is one thing a reply may say, in several wordings, with slots for facts."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

SLOT = re.compile(r"\{([a-z_]+(?::[a-z_]+)?(?:\.[a-z_]+)*)\}")
"""`{name}`, `{topic.what}` or `{topic:condition.what}`."""


class Record(BaseModel):
    """What every record of this room is: frozen and strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Said(Record):
    """One text in both languages."""

    zh: str
    en: str


class Words(Record):
    """Words in both languages."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def of(self, language: str) -> tuple[str, ...]:
        """The words of one language."""
        return self.en if language == "en" else self.zh


class Line(Record):
    """Wordings of one thing to say.

    `{slot}` is replaced by a fact; a wording whose slot has no value cannot be said. A part in
    `[square brackets]` is left out when a slot in it has no value.
    """

    zh: tuple[str, ...]
    en: tuple[str, ...]
    needs: tuple[str, ...] = Field(default=(), alias="if")
    """Flags of the situation, all of which must hold (`!flag`: must not)."""

    @model_validator(mode="before")
    @classmethod
    def _one_wording_is_enough(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {
                key: (value,) if key in {"zh", "en", "if"} and isinstance(value, str) else value
                for key, value in data.items()
            }
        return data

    @model_validator(mode="after")
    def _brackets_are_closed(self) -> "Line":
        for wording in (*self.zh, *self.en):
            rest = SLOT.sub("", wording)
            if "{" in rest or "}" in rest:
                raise ValueError(f"slot not understood in {wording!r}; expected {{name}} or {{topic.what}}")
            if rest.count("[") != rest.count("]") or re.search(r"\[[^\]]*\[", rest):
                raise ValueError(f"square brackets not paired, or nested, in {wording!r}")
        return self

    def of(self, language: str) -> tuple[str, ...]:
        """The wordings of one language."""
        return self.en if language == "en" else self.zh

    def slots(self) -> Iterator[str]:
        """Every slot that some wording uses."""
        for wording in (*self.zh, *self.en):
            yield from SLOT.findall(wording)

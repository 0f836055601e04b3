"""One figure, right or promise as it stands in a text, before anybody asks whether it is true."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Kind = Literal["money", "date", "duration", "percentage", "quantity", "right", "action", "text"]
Value = Decimal | date
SENTENCE_END = "。;!?\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A figure with its unit and what it is about."""

    kind: Kind
    span: tuple[int, int]
    """In the text it was found in (folded)."""
    low: Value
    high: Value
    unit: str
    """`yuan`, `day`, `workday`, `month`, `percent`, `clock`, `ml`, or the id of a right."""
    clause: tuple[int, int]
    head: str = ""
    """The topic whose word stands nearest."""
    topics: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()
    """Two-character pieces of the clause beside the figure: what it is about when no topic says so."""
    context: frozenset[str] = frozenset()
    """The same of the rest of the sentence."""
    places: frozenset[str] = frozenset()
    """Regions the figure is said of; none: everywhere."""
    vague: bool = False
    """The topics stand elsewhere in the sentence, not in the clause."""
    wide: frozenset[str] = frozenset()
    """The topics of the whole sentence."""
    denied: bool = False
    withheld: bool = False
    """A rule that does not grant it: 不支持七天无理由."""
    asked: bool = False
    """Only wondered about: 问问周末能不能排上."""
    elapsed: bool = False
    echo: bool = False
    earliest: bool = False
    """最快3天: the lower end of a range is meant."""
    threshold: bool = False
    """满200元: the amount that an order must reach, not one that is given."""

    @property
    def value(self) -> str:
        """Normalised: `7 day`, `3-5 workday`, `2026-11-10`, `200 yuan`."""
        if self.kind in {"right", "action"}:
            return self.unit
        if self.kind == "date":
            return f"{self.low}" if self.unit == "day" else f"T{clock(self.low)}"
        if self.unit == "any":
            return plain(self.high)
        shown = plain(self.low) if self.low == self.high else f"{plain(self.low)}-{plain(self.high)}"
        return f"{shown} {self.unit}"


def plain(value: Value) -> str:
    """A number without exponent or idle zeros."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clock(value: Value) -> str:
    """Minutes of the day as `HH:MM`."""
    minutes = int(value) if isinstance(value, Decimal) else 0
    return f"{minutes // 60:02d}:{minutes % 60:02d}"

"""How the desk names things, in one language."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from prompts.taxonomy import Taxonomy
from retrieval.snippet import Snippet
from ui.words import word

NUMBERS = tuple(chr(0x2460 + index) for index in range(20))
"""Signs for source numbers 1 to 20."""


class Saying:
    """Words, names and dates as one language and one shop's clock have them."""

    def __init__(self, language: str, taxonomy: Taxonomy, timezone: str = "Asia/Shanghai") -> None:
        self.language = language
        self._taxonomy = taxonomy
        self._zone = ZoneInfo(timezone)

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of that key."""
        return word(key, self.language, **values)

    def named(self, group: str, name: str) -> str:
        """A member of a closed list (`status`, `emotion`, `finding`…), the id itself if it has no words."""
        key = f"{group}_{name}"
        said = word(key, self.language)
        return name.replace("_", " ") if said == key else said

    def intent(self, name: str) -> str:
        """What an intent is called."""
        kind = self._taxonomy.intents.get(name)
        return kind.zh if kind and self.language == "zh" else name.replace("_", " ")

    def risk(self, name: str) -> str:
        """What a risk is called."""
        kind = self._taxonomy.risks.get(name)
        if kind and self.language == "zh":
            return kind.zh
        return self.named("reason", name)

    def ask(self, slot: str, language: str = "") -> str:
        """What a missing fact is called; in another language where one is named."""
        kind = self._taxonomy.asks.get(slot)
        if kind is None:
            return slot.replace("_", " ")
        return kind.zh if (language or self.language) == "zh" else kind.en

    def time(self, at: datetime | None) -> str:
        """Month, day, hour and minute on the shop's clock."""
        return at.astimezone(self._zone).strftime("%m-%d %H:%M") if at else ""

    def fact(self, key: str) -> str:
        """What a computed fact `topic:variant.measure#2` is called."""
        whole = self.named("fact", key)
        if whole != key:
            return whole
        about, _, measure = key.partition("#")[0].rpartition(".")
        topic, _, variant = about.partition(":")
        parts = [self.named("topic", topic), variant and f"({self.named('variant', variant)})"]
        return " ".join(part for part in (*parts, self.named("measure", measure)) if part)

    def value(self, kind: str, value: str) -> str:
        """A computed value: `2026-11-10` is the end of that day on the shop's clock."""
        if kind == "money":
            return self("desk_yuan", amount=value)
        if kind == "date":
            return self("desk_end_of", day=value[5:])
        if kind == "datetime":
            return self.time(datetime.fromisoformat(value))
        days = re.fullmatch(r"P(\d+)D", value)
        return self("desk_days", count=days.group(1)) if days else value

    def derivation(self, text: str) -> str:
        """How a fact came about, with the order's fields in words."""
        return re.sub(
            r"order\.([a-z_]+)(?:\[\d*\]\.[a-z_]+)?", lambda found: self.named("field", found[1]), text
        )

    def validity(self, snippet: Snippet) -> str:
        """From when to when a snippet is in force."""
        start, end = snippet.effective_from, snippet.effective_to
        if end:
            return self("in_force_until", start=_iso(start), end=_iso(end))
        return self("in_force", start=_iso(start)) if start else self("always_in_force")


def number_sign(number: int) -> str:
    """A small sign for a source number."""
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"[{number}]"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

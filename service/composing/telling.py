"""Telling in English what a Chinese policy sentence rules, or a cell of the catalogue says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from prompts.phrasebook import Phrasebook
from service.composing.wording import Wording, has_chinese
from service.facts.measure import number
from service.facts.rule import Rule
from service.facts.vocabulary import pattern, vocabulary

_OPTIONAL = re.compile(r"\[([^\]{]*\{(\w+)\}[^\]]*)\]")
_MARKS = str.maketrans("，；、：（）。～", ",;,:().-")
_MOST = 2


class Teller:
    """Puts rules and cells into English, by `ruling.yaml` and `glossary.yaml`."""

    def __init__(self, phrasebook: Phrasebook, wording: Wording) -> None:
        self._lines, self._glossary, self._wording = phrasebook.lines, phrasebook.glossary, wording

    def told(self, text: str, rules: Sequence[Rule], *, topics: Sequence[str]) -> str:
        """What a sentence rules on these topics, in English; empty if nothing of it can be told."""
        said = dict.fromkeys(
            filter(None, (self._rule(rule) for rule in self._whole(rules) if rule.topic in topics))
        )
        parts = [*self._offs(text), *said][:_MOST]
        return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)

    def cell(self, value: str) -> str:
        """A cell's value in English; empty if Chinese words are left of it."""
        text = self._words.sub(lambda match: f" {self._glossary[match[0]]} ", value.translate(_MARKS))
        text = re.sub(r"\s+([,;:.)])", r"\1", re.sub(r"\s{2,}", " ", text)).strip(" ,;.")
        return "" if has_chinese(text) else re.sub(r"([,;:])(?=\S)", r"\1 ", text)

    @cached_property
    def _words(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self._glossary, key=len, reverse=True))) or r"(?!)")

    @staticmethod
    def _whole(rules: Sequence[Rule]) -> Iterator[Rule]:
        """Rules that stand by themselves: no part of a name, none for a member level."""
        for rule in rules:
            if not rule.named and not any(":" in name for name in rule.conditions):
                yield rule

    def _rule(self, rule: Rule) -> str:
        key = f"ruling.{'threshold' if rule.threshold else rule.kind}_{rule.payer or rule.topic}"
        line = self._lines.get(key)
        if line is None or (rule.kind == "stance" and rule.allowed):
            return ""
        if rule.kind == "window" and line.needs and rule.anchor not in line.needs:
            return ""
        places = self._places(rule.sentence.text)
        slots = {
            "duration": self._wording.duration(rule.duration) if rule.duration else "",
            "from": self._phrase(f"from_{rule.anchor}"),
            "when": self._when(rule),
            "cutoff": f"{rule.cutoff:%H:%M}" if rule.cutoff else "",
            "money": self._wording.money(rule.money) if rule.money is not None else "",
            "percent": f"{rule.percent.normalize():f}" if rule.percent is not None else "",
            "least": self._wording.money(rule.minimum) if rule.minimum is not None else "",
            "most": self._wording.money(rule.maximum) if rule.maximum is not None else "",
            "places": self._wording.list(places),
        }
        return self._filled(key, slots)

    def _offs(self, text: str) -> Iterator[str]:
        """`满300减30` and the like."""
        for match in pattern("money_off").finditer(text):
            line = "ruling.money_off_every" if match["every"] else "ruling.money_off"
            slots = {
                "money": self._wording.money(number(match["off"])),
                "threshold": self._wording.money(number(match["over"])),
            }
            yield self._filled(line, slots)

    def _when(self, rule: Rule) -> str:
        named = [self._phrase(f"when_{name}") for name in sorted(rule.conditions)]
        return " or".join(phrase for phrase in named if phrase)

    def _places(self, text: str) -> list[str]:
        regions = vocabulary().regions
        return list(dict.fromkeys(english for word, english in regions.items() if word in text))

    def _phrase(self, key: str) -> str:
        line = self._lines.get(f"ruling.{key}")
        return line.of("en")[0] if line else ""

    def _filled(self, key: str, slots: Mapping[str, str]) -> str:
        line = self._lines.get(key)
        if line is None:
            return ""
        text = _OPTIONAL.sub(lambda match: match[1] if slots.get(match[2]) else "", line.of("en")[0])
        needed = re.findall(r"\{(\w+)\}", text)
        if not all(slots.get(name) for name in needed if name not in {"from", "when"}):
            return ""
        return re.sub(r"\{(\w+)\}", lambda match: slots[match[1]], text)

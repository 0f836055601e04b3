"""Saying a line: the first wording whose slots can be filled, chosen by the ticket."""

import hashlib
import re
from collections.abc import Mapping

from prompts.line import SLOT, Line
from prompts.playbook import alternatives
from service.composing.composition import Passage, Source, Stated, Value
from service.composing.situation import Situation
from service.facts.reading import rules
from service.facts.rule import Rule
from service.facts.sentence import Sentence

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_OWN = frozenset({"due_ship", "event_time", "refund_day", "delivered_day", "warranty_until", "spec", "size"})
"""Slots by which a line answers for this customer, whatever the policies say in general."""
_SHARED = "order."
"""Lines on the order itself are said once, whatever issue they serve."""
_DOUBLED = re.compile(r"([。！？])(?:[。]+)")


class Speaker:
    """Says lines of a playbook or of the phrasebook; the same ticket always gets the same wording."""

    def __init__(self, lines: Mapping[str, Line], seed: str) -> None:
        self._lines = lines
        self._seed = seed

    def say(
        self, move: str, situation: Situation, *, extra: Mapping[str, str] | None = None
    ) -> Passage | None:
        """The first line of `a | b | c` that can be said here, and was not said before."""
        for name in alternatives(move):
            line = situation.book.lines.get(name) or self._lines[name]
            key = name if name.startswith(_SHARED) else f"{situation.book.intent}/{name}"
            if key in situation.stated.lines or not all(situation.holds(flag) for flag in line.needs):
                continue
            said = self._worded(line, situation, name, extra or {})
            if said is not None:
                situation.stated.lines.add(key)
                return said
        return None

    def _worded(
        self, line: Line, situation: Situation, name: str, extra: Mapping[str, str]
    ) -> Passage | None:
        wordings = line.of(situation.language)
        start = pick(self._seed, name, len(wordings)) if wordings else 0
        for offset in range(len(wordings)):
            filled = _fill(wordings[(start + offset) % len(wordings)], situation, extra)
            if filled is not None:
                text, values = filled
                _note(situation, values)
                situation.policy.answered |= any("." in slot or slot in _OWN for slot, _ in values)
                sources = tuple(source for _, value in values for source in value.sources)
                return Passage(text, sources, quotes=any("policy" in name for name, _ in values))
        return None


def pick(seed: str, name: str, count: int) -> int:
    """A number below `count`, the same for the same seed and name."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % count


def _fill(
    wording: str, situation: Situation, extra: Mapping[str, str]
) -> tuple[str, list[tuple[str, Value]]] | None:
    used: list[tuple[str, Value]] = []

    def value(name: str) -> Value | None:
        return Value(extra[name]) if name in extra else situation.slot(name)

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(value(name) for name in SLOT.findall(match[1])) else ""

    template = _OPTIONAL.sub(optional, wording)
    text = template
    for name in dict.fromkeys(SLOT.findall(template)):
        found = value(name)
        if found is None:
            return None
        used.append((name, found))
        text = text.replace(f"{{{name}}}", found.text)
    return _DOUBLED.sub(r"\1", text), used


def _note(situation: Situation, values: list[tuple[str, Value]]) -> None:
    """Keeps account of what has now been said."""
    for name, value in values:
        situation.stated.quotes.update(source.quote for source in value.sources if "." not in name)
        if name == "product" and situation.product:
            situation.stated.names.add(situation.product.name)
        if "." in name and not name.endswith(".policy"):
            topic, _, what = name.rpartition(".")
            situation.stated.measures.add(f"{topic.partition(':')[0]}.{what}")
            situation.stated.facts.update((each.snippet, each.position) for each in value.sentences)
        else:
            _note_sentences(situation, value.sentences, situation.stated)


def _note_sentences(situation: Situation, shown: tuple[Sentence, ...], stated: Stated) -> None:
    for sentence in shown:
        stated.sentences.add((sentence.snippet, sentence.position))
        for snippet in situation.case.snippets:
            if snippet.key == sentence.snippet:
                stated.measures.update(
                    _measures(rule)
                    for rule in rules(snippet)
                    if rule.sentence == sentence and all(map(situation.truths.get, rule.conditions))
                )


def _measures(rule: Rule) -> str:
    return f"{rule.topic}.{'window' if rule.kind == 'window' else rule.kind}"


__all__ = ["Source", "Speaker", "pick"]

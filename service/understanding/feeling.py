"""What the customer feels, how strongly, and about what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prompts.lexicon import EmotionWords, Lexicon
from service.understanding.segmenting import Clause
from service.understanding.weighing import Blocks, decision

_STRENGTHS = (("mild", 1), ("clear", 2), ("extreme", 3))
_NEAR = 4
"""How far before a word an intensifier or negation still belongs to it, in characters."""
_HEAVY = {"distressed": 0.4, "angry": 0.3, "disappointed": 0.2, "anxious": 0.1, "positive": -0.5}
"""Which emotion leads when two are equally strong: the one that a reply must not overlook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeling:
    """One emotion with strength 0 to 3 and the place of its cause."""

    emotion: str = "calm"
    strength: int = 0
    cause: tuple[int, int] | None = None


def feeling(
    text: str,
    parts: Sequence[Clause],
    intents: Sequence[str],
    causes: Sequence[tuple[int, int]],
    blocks: Blocks,
    lexicon: Lexicon,
) -> Feeling:
    """What is felt in a folded message, weighed from its words, its marks and what has happened."""
    said = worded(text, parts, intents, causes, lexicon)
    scores = decision(lexicon, "feelings").scores({**blocks, **signs(text, parts, said, lexicon)})
    emotion = lexicon.felt[int(np.argmax(scores[:-1]))]
    if emotion == "calm":
        return Feeling()
    own = said.strength if said.emotion == emotion else 0
    strength = max(1, min(3, max(own, round(float(scores[-1])))))
    cause = said.cause if own else _cause(0, parts, causes)
    return Feeling(emotion=emotion, strength=strength, cause=cause)


def signs(text: str, parts: Sequence[Clause], said: Feeling, lexicon: Lexicon) -> Blocks:
    """The blocks of a message that tell of feelings: words by strength, marks, what the words alone say."""
    emotions, hits = lexicon.emotions, []
    for entry in emotions.words.values():
        clauses = [part.text for part in parts if not entry.unless.within(part.text)]
        for level, _ in _STRENGTHS:
            count = sum(getattr(entry, level).within(clause) for clause in clauses)
            hits += [min(count, 3) / 2, float(count > 0)]
    marks = [
        emotions.sarcasm.within(text), emotions.shouting.within(text), "!" in text, text.count("!") > 1,
        text.count("?") > 1, "..." in text or "…" in text, emotions.lively.within(text),
        emotions.polite.within(text),
    ]  # fmt: skip
    worded_as = [said.emotion == name for name in lexicon.felt]
    strongly = [said.emotion == name and said.strength >= 2 for name in lexicon.felt]
    return {
        "words": np.array(hits, dtype=np.float32),
        "marks": np.array(marks, dtype=np.float32),
        "worded": np.array([*worded_as, *strongly], dtype=np.float32),
    }


def worded(
    text: str,
    parts: Sequence[Clause],
    intents: Sequence[str],
    causes: Sequence[tuple[int, int]],
    lexicon: Lexicon,
) -> Feeling:
    """The leading emotion by words alone; what is unsaid is inferred from what happened."""
    found = [sign for part in parts for sign in _signs(part, lexicon)]
    loud = 1 if lexicon.emotions.shouting.within(text) else 0
    if lexicon.emotions.sarcasm.within(text) and not all(i in {"praise", "chitchat"} for i in intents):
        found = [sign for sign in found if sign[0] != "positive"]
        found.append(("angry" if loud or any(s[0] == "angry" for s in found) else "disappointed", 2, 0))
    if any(sign[0] != "positive" for sign in found):
        found = [sign for sign in found if sign[0] != "positive" or sign[1] >= 2]
    if not found:
        return _unsaid(text, intents, causes, lexicon, loud)
    total: dict[str, float] = {}
    for emotion, strength, _ in found:
        total[emotion] = max(total.get(emotion, 0.0), strength) + 0.05
    leading = max(total, key=lambda emotion: total[emotion] + _HEAVY.get(emotion, 0))
    strength = max(s for emotion, s, _ in found if emotion == leading)
    strength = min(3, strength + (loud if leading not in {"positive", "calm"} else 0))
    if leading == "positive" and strength <= 1 and not {"praise"} & set(intents):
        return _unsaid(text, intents, causes, lexicon, 0)
    where = next(at for emotion, _, at in found if emotion == leading)
    return Feeling(emotion=leading, strength=strength, cause=_cause(where, parts, causes))


def _signs(part: Clause, lexicon: Lexicon) -> list[tuple[str, int, int]]:
    found = []
    for emotion, entry in lexicon.emotions.words.items():
        if entry.unless.within(part.text):
            continue
        strength, at = _strongest(part.text, entry, lexicon)
        if strength:
            found.append((emotion, strength, part.start + at))
    return found


def _strongest(text: str, entry: EmotionWords, lexicon: Lexicon) -> tuple[int, int]:
    best, where = 0, 0
    for level, strength in _STRENGTHS:
        for start, _ in getattr(entry, level).spans(text):
            before = text[max(0, start - _NEAR) : start]
            if lexicon.emotions.negation.within(before):
                continue
            step = lexicon.emotions.stronger.within(before) - lexicon.emotions.weaker.within(before)
            now = max(1, min(3, strength + step))
            if now > best:
                best, where = now, start
    return best, where


def _unsaid(
    text: str, intents: Sequence[str], causes: Sequence[tuple[int, int]], lexicon: Lexicon, loud: int
) -> Feeling:
    for intent in intents:
        for rule in lexicon.emotions.unsaid.get(intent, ()):
            if not rule.when or rule.when.within(text):
                if rule.emotion == "calm":
                    break
                strength = min(3, rule.strength + loud)
                return Feeling(emotion=rule.emotion, strength=strength, cause=causes[0] if causes else None)
    return Feeling()


def _cause(where: int, parts: Sequence[Clause], causes: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The issue the emotion is about: the nearest issue's words, else the clause of the emotion."""
    if causes:
        return min(causes, key=lambda span: min(abs(span[0] - where), abs(span[1] - where)))
    return next(((part.start, part.end) for part in parts if part.start <= where < part.end), None)

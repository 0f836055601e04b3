"""What the customer wants: one or several intents, each with the words that say so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prompts.lexicon import Lexicon
from service.understanding.segmenting import Clause
from service.understanding.weighing import Traits, decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One intent with its confidence and where it is said."""

    intent: str
    confidence: float
    span: tuple[int, int]


def wishes(
    text: str,
    parts: Sequence[Clause],
    shown: Traits,
    *,
    lexicon: Lexicon,
    barred: Sequence[str] = (),
) -> tuple[Wish, ...]:
    """The intents of a folded message, in order of their words; empty if nothing fits.

    What says little by itself is about what the customer said before. `barred` intents cannot be
    meant (praise in a sarcastic message).
    """
    tuning, names = lexicon.tuning, tuple(lexicon.intents)
    scores = decision(lexicon, "wishes").scores(shown.blocks)
    scores[[names.index(name) for name in barred]] = -1.0
    if parts and all(part.empty for part in parts):
        scores[[column for column, name in enumerate(names) if name not in tuning.polite]] = -1.0
    if scores.max() < tuning.accept:
        scores = scores + shown.blocks["before"]
    best = int(np.argmax(scores))
    if parts and shown.blocks["before"].any() and all(part.leans for part in parts):
        scores[np.arange(len(names)) != best] = -1.0
    chosen = [column for column, score in enumerate(scores) if score >= tuning.accept or column == best]
    chosen = [column for column in chosen if names[column] not in tuning.yields] or [best]
    if names[chosen[0]] == "unknown":
        return ()
    found = [_wish(names[column], column, float(scores[column]), text, parts, shown) for column in chosen]
    return tuple(sorted(found, key=lambda wish: wish.span))


def _wish(intent: str, column: int, score: float, text: str, parts: Sequence[Clause], shown: Traits) -> Wish:
    confidence = round(min(1.0, max(0.05, score)), 3)
    if not parts:
        return Wish(intent=intent, confidence=confidence, span=(0, len(text)))
    part = parts[int(np.argmax(shown.clauses[: len(parts), column]))]
    return Wish(intent=intent, confidence=confidence, span=(part.start, part.end))

"""What the customer wants: one or several intents, each with the words that say so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prompts.lexicon import Lexicon
from service.understanding.classifying import Scores, classifier
from service.understanding.segmenting import Clause

_MOST = 400
"""Clauses looked at one by one; a longer text is a pasted file, not a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One intent with its confidence and where it is said."""

    intent: str
    confidence: float
    span: tuple[int, int]


def wishes(
    text: str, parts: Sequence[Clause], *, before: str, status: str | None, lexicon: Lexicon
) -> tuple[Wish, ...]:
    """The intents of a folded message, in order; empty if nothing fits.

    `before` is what the customer wrote earlier: it helps only what cannot stand alone.
    """
    tuning = lexicon.tuning
    telling = [part for part in parts if not part.empty][:_MOST]
    if not telling:
        return _alone(text, parts, lexicon)
    scores = scored(text, telling, status, lexicon)
    if before and any(part.leans for part in telling):
        earlier = classifier(lexicon).score([before])[0]
        for row, part in enumerate(telling):
            if part.leans:
                joined = classifier(lexicon).score([f"{before} {part.text}"])[0]
                scores[row] += tuning.context * np.maximum(joined, earlier)
    names = classifier(lexicon).intents
    found: dict[str, Wish] = {}
    for row, part in enumerate(telling):
        for column in _accepted(scores[row], lexicon):
            _keep(found, Wish(intent=names[column], confidence=_sure(scores[row, column]), span=_span(part)))
    if not found:
        return _weak(text, telling, scores, before, lexicon)
    return _settled(found, lexicon)


def scored(text: str, parts: Sequence[Clause], status: str | None, lexicon: Lexicon) -> Scores:
    """A score per clause and intent: the learner's on clause and sentence, cue words, order status."""
    learner, tuning = classifier(lexicon), lexicon.tuning
    sentences: dict[int, list[Clause]] = {}
    for part in parts:
        sentences.setdefault(part.sentence, []).append(part)
    keys = list(sentences)
    whole = [text[sentences[key][0].start : sentences[key][-1].end] for key in keys]
    rows = learner.score([*(part.text for part in parts), *whole])
    own, wider = rows[: len(parts)], rows[len(parts) :]
    total = (1 - tuning.sentence) * own
    for row, part in enumerate(parts):
        total[row] += tuning.sentence * wider[keys.index(part.sentence)]
    for column, intent in enumerate(learner.intents):
        entry = lexicon.intents[intent]
        for row, part in enumerate(parts):
            total[row, column] += _cues(part.text, intent, lexicon)
        if status in entry.status:
            total[:, column] += tuning.status * entry.status[status] * (total[:, column] > tuning.accept / 2)
    return total


def _cues(text: str, intent: str, lexicon: Lexicon) -> float:
    entry, tuning = lexicon.intents[intent], lexicon.tuning
    if entry.against.within(text):
        return -tuning.against
    if entry.certain.within(text):
        return tuning.certain
    return tuning.likely if entry.likely.within(text) else 0.0


def _accepted(row: Scores, lexicon: Lexicon) -> list[int]:
    tuning = lexicon.tuning
    order = [int(column) for column in np.argsort(-row)]
    best = float(row[order[0]])
    if best < tuning.accept:
        return []
    more = [c for c in order[1:] if row[c] >= tuning.second and row[c] >= tuning.relative * best]
    return [order[0], *more[:2]]


def _settled(found: dict[str, Wish], lexicon: Lexicon) -> tuple[Wish, ...]:
    tuning = lexicon.tuning
    for intent in tuning.yields:
        if len(found) > 1:
            found.pop(intent, None)
    for intent, swallowed in tuning.absorbs.items():
        if intent in found:
            for other in swallowed:
                if other in found and found[other].confidence < tuning.sure:
                    del found[other]
    return tuple(sorted(found.values(), key=lambda wish: wish.span))


def _weak(
    text: str, parts: Sequence[Clause], scores: Scores, before: str, lexicon: Lexicon
) -> tuple[Wish, ...]:
    """The best guess from the message as a whole, then from what was said before."""
    learner, tuning = classifier(lexicon), lexicon.tuning
    whole = learner.score([text])[0]
    row = np.maximum(whole, scores.max(axis=0))
    span = (parts[0].start, parts[-1].end)
    if before:
        row = row + tuning.context * learner.score([before])[0]
    best = int(np.argmax(row))
    if row[best] < tuning.accept:
        return ()
    return (Wish(intent=learner.intents[best], confidence=_sure(float(row[best])), span=span),)


def _alone(text: str, parts: Sequence[Clause], lexicon: Lexicon) -> tuple[Wish, ...]:
    """Only greetings, thanks or agreement."""
    learner = classifier(lexicon)
    row = learner.score([text])[0]
    choices = [learner.intents.index(name) for name in ("chitchat", "praise") if name in learner.intents]
    if not choices or not parts:
        return ()
    best = max(choices, key=lambda column: row[column])
    return (Wish(intent=learner.intents[best], confidence=_sure(float(row[best])), span=(0, len(text))),)


def _keep(found: dict[str, Wish], wish: Wish) -> None:
    known = found.get(wish.intent)
    if known is None or wish.confidence > known.confidence:
        found[wish.intent] = wish


def _span(part: Clause) -> tuple[int, int]:
    return part.start, part.end


def _sure(score: float) -> float:
    return round(float(min(1.0, max(0.05, score))), 3)

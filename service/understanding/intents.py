"""What the customer wants: one or several intents, each with the words that say so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prompts.lexicon import Lexicon, Tuning
from service.understanding.classifying import Scores, classifier
from service.understanding.segmenting import Clause, sentences

_MOST = 400
"""Clauses looked at one by one; a longer text is a pasted file, not a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One intent with its confidence and where it is said."""

    intent: str
    confidence: float
    span: tuple[int, int]
    asked: bool = False
    """Whether its clause asks: a reason is told, a wish is asked."""


def wishes(
    text: str,
    parts: Sequence[Clause],
    *,
    before: str,
    status: str | None,
    lexicon: Lexicon,
    barred: Sequence[str] = (),
) -> tuple[Wish, ...]:
    """The intents of a folded message, in order; empty if nothing fits.

    `before` is what the customer wrote earlier: it helps only what cannot stand alone. `barred` intents
    cannot be meant (praise in a sarcastic message).
    """
    telling = [part for part in parts if not part.empty][:_MOST]
    if not telling:
        return _polite(text, parts, lexicon)
    scores = scored(text, telling, status, lexicon)
    if before:
        _lean(scores, telling, before, lexicon)
    names = classifier(lexicon).intents
    out = [column for column, name in enumerate(names) if name in barred]
    scores[:, out] = -1.0
    found: dict[str, Wish] = {}
    for row, part in enumerate(telling):
        for column in _accepted(scores[row], lexicon):
            _keep(found, names[column], float(scores[row, column]), part)
    if found:
        return _settled(found, lexicon)
    return _guessed(text, telling, scores, before, status, lexicon, out)


def scored(text: str, parts: Sequence[Clause], status: str | None, lexicon: Lexicon) -> Scores:
    """A score per clause and intent: the learner's on clause and sentence, cue words, order status."""
    learner, tuning = classifier(lexicon), lexicon.tuning
    rows = learner.score([*(part.text for part in parts), *sentences(text, parts)])
    total = (1 - tuning.sentence) * rows[: len(parts)]
    numbers = list(dict.fromkeys(part.sentence for part in parts))
    for row, part in enumerate(parts):
        total[row] += tuning.sentence * rows[len(parts) + numbers.index(part.sentence)]
    for column, intent in enumerate(learner.intents):
        entry = lexicon.intents[intent]
        prior = entry.status.get(status or "none", 0.0)
        for row, part in enumerate(parts):
            cue = _cues(part.text, intent, lexicon)
            quiet = tuning.unasked if entry.asked_only and not part.asks else 0.0
            total[row, column] += cue + tuning.status * prior - quiet
    return total


def _cues(text: str, intent: str, lexicon: Lexicon) -> float:
    entry, tuning = lexicon.intents[intent], lexicon.tuning
    if entry.against.within(text):
        return -tuning.against
    if entry.certain.within(text):
        return tuning.certain
    return tuning.likely if entry.likely.within(text) else 0.0


def _lean(scores: Scores, parts: Sequence[Clause], before: str, lexicon: Lexicon) -> None:
    """Let what was said before speak for clauses that cannot stand alone (`那运费呢`)."""
    learner = classifier(lexicon)
    leaning = [row for row, part in enumerate(parts) if part.leans]
    if leaning:
        earlier = learner.score([before, *(f"{before} {parts[row].text}" for row in leaning)])
        for place, row in enumerate(leaning, start=1):
            scores[row] += lexicon.tuning.context * np.maximum(earlier[0], earlier[place])
            topic = learner.intents[int(np.argmax(earlier[0]))]
            for other in lexicon.tuning.absorbs.get(topic, ()):
                scores[row, learner.intents.index(other)] -= lexicon.tuning.against


def _accepted(row: Scores, lexicon: Lexicon) -> list[int]:
    """The best intent of a clause, and another that may share a clause with it (a fault and a wish)."""
    tuning, names = lexicon.tuning, classifier(lexicon).intents
    order = [int(column) for column in np.argsort(-row)]
    best = order[0]
    if row[best] < tuning.accept or names[best] == "unknown":
        return []
    partners = tuning.partners.get(names[best], ())
    also = [
        column
        for column in order[1:]
        if row[column] >= tuning.second
        and (names[column] in partners or names[best] in tuning.partners.get(names[column], ()))
    ]
    return [best, *also[:1]]


def _settled(found: dict[str, Wish], lexicon: Lexicon) -> tuple[Wish, ...]:
    """Drop what is weak beside the leading intent, or only another one's reason."""
    tuning = lexicon.tuning
    leading = max(wish.confidence for wish in found.values())
    for intent in [name for name, wish in found.items() if wish.confidence < tuning.relative * leading]:
        del found[intent]
    for intent in tuning.yields:
        if len(found) > 1:
            found.pop(intent, None)
    for intent, swallowed in tuning.absorbs.items():
        for other in swallowed:
            if intent in found and other in found and _background(found[other], tuning):
                del found[other]
    if any(wish.asked and wish.confidence >= tuning.plain for wish in found.values()):
        for intent in [name for name, wish in found.items() if _idle(name, wish, tuning)]:
            del found[intent]
    return tuple(sorted(found.values(), key=lambda wish: wish.span))


def _background(wish: Wish, tuning: Tuning) -> bool:
    return wish.confidence < (tuning.sure if wish.asked else tuning.sure_told)


def _idle(name: str, wish: Wish, tuning: Tuning) -> bool:
    """Whether it is only told, weakly, and no trouble, in a message that asks for something else."""
    return not wish.asked and name not in tuning.troubles and wish.confidence < tuning.told


def _guessed(
    text: str,
    parts: Sequence[Clause],
    scores: Scores,
    before: str,
    status: str | None,
    lexicon: Lexicon,
    out: Sequence[int],
) -> tuple[Wish, ...]:
    """The best guess from the whole, from what was said before, and from where the order stands."""
    learner, tuning = classifier(lexicon), lexicon.tuning
    row = np.maximum(learner.score([text])[0], scores.max(axis=0))
    if before:
        row = row + tuning.context * learner.score([before])[0]
        row[[learner.intents.index(name) for name in tuning.yields if name in learner.intents]] = 0.0
    elif len(text.strip()) >= tuning.content:
        asks = any(part.asks for part in parts)
        for intent, lift in tuning.default.get(
            f"{status or 'none'}.{'asks' if asks else 'tells'}", {}
        ).items():
            row[learner.intents.index(intent)] += lift
    row[list(out)] = -1.0
    best = int(np.argmax(row))
    if row[best] < tuning.guess or learner.intents[best] == "unknown":
        return ()
    wish = Wish(
        intent=learner.intents[best],
        confidence=_sure(float(row[best])),
        span=(parts[0].start, parts[-1].end),
    )
    return (wish,)


def _polite(text: str, parts: Sequence[Clause], lexicon: Lexicon) -> tuple[Wish, ...]:
    """Only greetings, thanks or agreement."""
    learner = classifier(lexicon)
    row = learner.score([text])[0]
    choices = [learner.intents.index(name) for name in lexicon.tuning.polite if name in learner.intents]
    if not choices or not parts:
        return ()
    best = max(choices, key=lambda column: row[column] + _cues(text, learner.intents[column], lexicon))
    return (Wish(intent=learner.intents[best], confidence=_sure(float(row[best])), span=(0, len(text))),)


def _keep(found: dict[str, Wish], intent: str, score: float, part: Clause) -> None:
    wish = Wish(intent=intent, confidence=_sure(score), span=(part.start, part.end), asked=part.asks)
    known = found.get(intent)
    if known is None or wish.confidence > known.confidence:
        found[intent] = wish


def _sure(score: float) -> float:
    return round(float(min(1.0, max(0.05, score))), 3)

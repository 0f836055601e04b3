"""What a whole ticket shows, block by block, and the decisions that fitted weights take on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from prompts.errors import PromptFileInvalid
from prompts.lexicon import Lexicon
from service.understanding.classifying import classifier
from service.understanding.learned import Classifier
from service.understanding.regressing import Floats
from service.understanding.segmenting import Clause, sentences

_LONG = 200
"""Letters from which a message is simply long; so on for clauses."""
_MANY = 8
_STATUSES = ("unpaid", "paid", "shipped", "delivered", "returning", "refunding", "refunded", "closed")
WISHES = (
    "whole", "clause", "second", "sentence", "sum", "first", "before", "answered", "certain", "likely",
    "against", "status", "shape",
)  # fmt: skip
"""Blocks that intents are decided on."""
FEELINGS = ("whole", "clause", "felt", "felt_clause", "words", "marks", "worded", "status", "shape")
"""Blocks that emotion and strength are decided on."""

Blocks = dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traits:
    """What a ticket shows: named blocks of numbers, and the scores of its single clauses."""

    blocks: Blocks
    clauses: Floats
    """One row per clause, one column per intent."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """Fitted weights over some blocks."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    weights: Floats
    bias: Floats

    def scores(self, blocks: Mapping[str, Floats]) -> Floats:
        """One number per label."""
        shown: Floats = np.concatenate([blocks[name] for name in self.names])
        scores: Floats = self.bias + shown @ self.weights
        return scores


@lru_cache(maxsize=8)
def decision(lexicon: Lexicon, name: str) -> Decision:
    """The decision of that name in the lexicon's fitted weights."""
    fitted, names = getattr(lexicon.fitted, name), WISHES if name == "wishes" else FEELINGS
    expected = tuple(lexicon.intents) if name == "wishes" else (*lexicon.felt, "strength")
    if fitted.labels != expected or any(len(row) != len(expected) for row in fitted.weights):
        raise PromptFileInvalid(
            f"lexicon/fitted.json: {name}.labels: expected a column each for {', '.join(expected)}; fit again"
        )
    return Decision(
        names=names,
        labels=expected,
        weights=np.array(fitted.weights, dtype=np.float32),
        bias=np.array(fitted.bias, dtype=np.float32),
    )


def traits(
    text: str,
    parts: Sequence[Clause],
    *,
    before: str,
    answered: str,
    status: str | None,
    lexicon: Lexicon,
    learner: Classifier | None = None,
) -> Traits:
    """The traits of a folded message: `before` the customer's earlier words, `answered` the agent's."""
    learner = learner or classifier(lexicon)
    said = [part.text for part in parts]
    rows = learner.score([text, before, answered, *said, *sentences(text, parts)])
    clauses, whole = rows[3 : 3 + len(said)], rows[3 + len(said) :]
    wide = len(learner.intents)
    ordered = np.sort(np.concatenate([clauses, np.zeros((2, rows.shape[1]), np.float32)]), axis=0)[::-1]
    blocks = {
        "whole": rows[0, :wide],
        "felt": rows[0, wide:],
        "clause": ordered[0, :wide],
        "felt_clause": ordered[0, wide:],
        "second": ordered[1, :wide],
        "sentence": whole[:, :wide].max(axis=0, initial=0),
        "sum": np.clip(clauses[:, :wide], 0, None).sum(axis=0),
        "first": clauses[0, :wide] if said else np.zeros(wide, np.float32),
        "before": rows[1, :wide] * bool(before.strip()),
        "answered": rows[2, :wide] * bool(answered.strip()),
        "status": np.array([status == name for name in _STATUSES], dtype=np.float32),
        "shape": _shape(text, parts, before),
        **_cues(said, lexicon),
    }
    return Traits(blocks=blocks, clauses=clauses[:, :wide])


def _shape(text: str, parts: Sequence[Clause], before: str) -> Floats:
    length, count = min(_LONG, len(text)) / _LONG, min(_MANY, len(parts)) / _MANY
    asks = any(part.asks for part in parts)
    return np.array([length, count, len(parts) == 1, asks, bool(before.strip())], dtype=np.float32)


def _cues(said: Sequence[str], lexicon: Lexicon) -> Blocks:
    """Which intents have cue words in some clause that holds nothing against them."""
    found = np.zeros((3, len(lexicon.intents)), dtype=np.float32)
    text = "\n".join(said)
    for column, entry in enumerate(lexicon.intents.values()):
        against = [clause for clause in said if entry.against.within(clause)] if entry.against else []
        rest = "\n".join(clause for clause in said if clause not in against) if against else text
        found[:, column] = (entry.certain.within(rest), entry.likely.within(rest), bool(against))
    return dict(zip(("certain", "likely", "against"), found, strict=True))

"""What was learned from the lexicon's examples: letters in, a score per intent and emotion out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.understanding.featuring import features
from service.understanding.regressing import Floats, Places


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """Intents, then emotions, scored by a ridge regression; 1 is a sure yes, 0 a no."""

    intents: tuple[str, ...]
    emotions: tuple[str, ...]
    lengths: tuple[int, ...]
    vocabulary: Mapping[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats

    def score(self, texts: Sequence[str]) -> Floats:
        """One row per folded text, one column per intent and then per emotion."""
        rows = np.zeros((len(texts), len(self.bias)), dtype=np.float32)
        for row, text in enumerate(texts):
            at, value = vector(features(text, self.lengths), self.vocabulary, self.rarity)
            rows[row] = self.bias + value @ self.weights[at] if len(at) else self.bias
        return rows


def vector(row: Sequence[str], vocabulary: Mapping[str, int], rarity: Floats) -> tuple[Places, Floats]:
    """Positions and values of the known features; values have length 1 together."""
    at = np.array([vocabulary[name] for name in row if name in vocabulary], dtype=np.intp)
    value = rarity[at]
    length = float(np.sqrt(value @ value))
    return at, value / length if length else value

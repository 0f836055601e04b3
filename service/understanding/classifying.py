"""A small linear learner over the lexicon's examples: letters in, a score per intent out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from prompts.lexicon import Lexicon
from service.understanding.folding import folder
from service.understanding.regressing import Sparse, ridge

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """Intents scored by a ridge regression fitted on the examples; 1 is a sure yes, 0 a no."""

    intents: tuple[str, ...]
    vocabulary: Mapping[str, int]
    rarity: Scores
    weights: Scores
    bias: Scores
    lexicon: Lexicon

    def score(self, texts: Sequence[str]) -> Scores:
        """One row per folded text, one column per intent."""
        rows = np.zeros((len(texts), len(self.intents)), dtype=np.float32)
        for row, features in enumerate(featured(texts, self.lexicon.tuning.grams)):
            at, value = vector(features, self.vocabulary, self.rarity)
            rows[row] = self.bias + value @ self.weights[at] if len(at) else self.bias
        return rows


@lru_cache(maxsize=4)
def classifier(lexicon: Lexicon) -> Classifier:
    """The learner fitted on the lexicon's own examples; made once per lexicon."""
    named = [((intent,), text) for intent, entry in lexicon.intents.items() for _, text in entry.examples]
    return fit([*named, *((clause.i, clause.t) for clause in lexicon.clauses)], lexicon)


def fit(examples: Sequence[tuple[Sequence[str], str]], lexicon: Lexicon) -> Classifier:
    """A classifier from (intents, message) pairs."""
    fold = folder(lexicon)
    intents = tuple(lexicon.intents)
    rows = list(featured([fold(text) for _, text in examples], lexicon.tuning.grams))
    counts = Counter(name for features in rows for name in features)
    kept = [name for name, count in counts.items() if count >= lexicon.tuning.seen]
    vocabulary = {name: index for index, name in enumerate(kept)}
    rarity = np.array([np.log(1 + len(rows) / counts[name]) for name in kept], dtype=np.float32)
    matrix = Sparse.of([vector(features, vocabulary, rarity) for features in rows], columns=len(kept))
    wanted = np.zeros((len(rows), len(intents)), dtype=np.float32)
    for row, (wishes, _) in enumerate(examples):
        wanted[row, [intents.index(intent) for intent in wishes]] = 1
    bias = wanted.mean(axis=0)
    weights = ridge(matrix, wanted - bias, lexicon.tuning.ridge)
    return Classifier(
        intents=intents, vocabulary=vocabulary, rarity=rarity, weights=weights, bias=bias, lexicon=lexicon
    )


def vector(
    features: Sequence[str], vocabulary: Mapping[str, int], rarity: Scores
) -> tuple[NDArray[np.intp], Scores]:
    """Positions and values of the known features; values have length 1 together."""
    at = np.array([vocabulary[name] for name in features if name in vocabulary], dtype=np.intp)
    value = rarity[at]
    length = float(np.sqrt(value @ value))
    return at, value / length if length else value


def featured(texts: Sequence[str], lengths: Sequence[int]) -> Iterable[list[str]]:
    """For each folded text its features, each once."""
    return (list(dict.fromkeys(grams(text, lengths))) for text in texts)


def grams(text: str, lengths: Sequence[int]) -> Iterable[str]:
    """Character n-grams of Chinese runs; words and word pairs of Latin runs; any number is `0`."""
    for run, latin in _runs(text):
        if not latin:
            for length in lengths:
                for start in range(len(run) - length + 1):
                    yield run[start : start + length]
            continue
        said = ["0" if word[0].isdigit() else word for word in run.split()]
        yield from said
        for first, second in pairwise(said):
            yield f"{first} {second}"


def _runs(text: str) -> Iterable[tuple[str, bool]]:
    run: list[str] = []
    kind = ""
    for char in text:
        now = _kind(char)
        if now == "mark" or (now == "blank" and kind != "latin"):
            continue
        if now == "blank":
            run.append(" ")
            continue
        if now != kind and run:
            yield "".join(run).strip(), kind == "latin"
            run = []
        kind = now
        run.append(char)
    if run and "".join(run).strip():
        yield "".join(run).strip(), kind == "latin"


def _kind(char: str) -> str:
    if char.isspace():
        return "blank"
    if char.isascii():
        return "latin" if char.isalnum() or char == "'" else "mark"
    return "cjk" if char.isalnum() else "mark"

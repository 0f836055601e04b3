"""Fitting a small linear learner to the lexicon's examples."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from prompts.lexicon import Lexicon
from service.understanding.featuring import features
from service.understanding.folding import folder
from service.understanding.keeping import kept
from service.understanding.learned import Classifier, vector
from service.understanding.regressing import Floats, ridge

_EVENING = 0.3
"""How far rare emotions are lifted: rows count by the frequency of their emotion to minus this power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text with all it wants, and what is felt in it, where that is known."""

    text: str
    intents: tuple[str, ...]
    emotion: str | None = None


@lru_cache(maxsize=4)
def classifier(lexicon: Lexicon) -> Classifier:
    """The learner fitted on the lexicon's own examples; once per lexicon, kept between starts."""
    return kept(lexicon, lambda: fit([*phrases(lexicon), *messages(lexicon)], lexicon))


def phrases(lexicon: Lexicon) -> Iterator[Example]:
    """The examples that say one thing."""
    for intent, entry in lexicon.intents.items():
        yield from (Example(text=text, intents=(intent,)) for _, text in entry.examples)
    yield from (Example(text=clause.t, intents=clause.i) for clause in lexicon.clauses)


def messages(lexicon: Lexicon, *, without: Collection[str] = ()) -> Iterator[Example]:
    """The labelled messages of every author but those."""
    for author, told in lexicon.messages.items():
        if author not in without:
            yield from (Example(text=one.text, intents=one.i, emotion=one.e) for one in told)


def fit(examples: Sequence[Example], lexicon: Lexicon) -> Classifier:
    """A classifier from examples."""
    fold, tuning = folder(lexicon), lexicon.tuning
    rows = [features(fold(example.text), tuning.grams) for example in examples]
    counts = Counter(name for row in rows for name in row)
    vocabulary = {name: index for index, name in enumerate(n for n, c in counts.items() if c >= tuning.seen)}
    rarity = np.array([np.log(1 + len(rows) / counts[name]) for name in vocabulary], dtype=np.float32)
    wanted, weigh = _targets(examples, tuple(lexicon.intents), lexicon.felt)
    bias = (wanted * weigh).sum(axis=0) / np.maximum(weigh.sum(axis=0), 1)
    weights = ridge(
        [vector(row, vocabulary, rarity) for row in rows],
        wanted - bias,
        weigh,
        columns=len(vocabulary),
        shrinkage=tuning.ridge,
    )
    return Classifier(
        intents=tuple(lexicon.intents),
        emotions=lexicon.felt,
        lengths=tuning.grams,
        vocabulary=vocabulary,
        rarity=rarity,
        weights=weights,
        bias=bias,
    )


def _targets(
    examples: Sequence[Example], intents: Sequence[str], emotions: Sequence[str]
) -> tuple[Floats, Floats]:
    """What each row should say, and how much it counts for each target."""
    names = {name: column for column, name in enumerate([*intents, *emotions])}
    wanted = np.zeros((len(examples), len(names)), dtype=np.float32)
    weigh = np.zeros_like(wanted)
    weigh[:, : len(intents)] = 1
    seen = Counter(example.emotion for example in examples)
    known = sum(seen[emotion] for emotion in emotions)
    for row, example in enumerate(examples):
        wanted[row, [names[intent] for intent in example.intents]] = 1
        if example.emotion:
            wanted[row, names[example.emotion]] = 1
            weigh[row, len(intents) :] = (known / seen[example.emotion] / len(emotions)) ** _EVENING
    return wanted, weigh

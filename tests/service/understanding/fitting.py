"""Fitting the decisions on whole tickets, and how they do on authors they have not seen.

`python -m tests.service.understanding.fitting` prints the figures of every author left out;
with `--write` it fits on all of them and writes `prompts/lexicon/fitted.json`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.suite import read_suite
from prompts.lexicon import Lexicon
from prompts.sayings import Message
from retrieval.folder import read_orders
from service.ticket import read_ticket
from service.understanding.classifying import fit, messages, phrases
from service.understanding.feeling import Feeling, signs, worded
from service.understanding.learned import Classifier
from service.understanding.reading import Reading, reading
from service.understanding.weighing import FEELINGS, WISHES
from tests.service.understanding.measure import NOW, Example, examples, lexicon

ROOT = Path(__file__).parents[3]
HELD = ("golden", "gate", "fresh")
"""Only measured: no weight is fitted on them."""
SHRINKAGE = {"wishes": 0.5, "feelings": 0.3}
"""Per trait of unit variance and per row."""
EVENING = 0.15
"""How far rare emotions are lifted, as in the learner."""
_LEAST = 0.05
"""Added to a trait's spread, so that what hardly ever varies cannot weigh much."""

Array = NDArray[Any]
Weights = tuple[Array, Array]


def authors() -> dict[str, list[Example]]:
    """Author → labelled tickets: message files, the shops to tune on, our own measuring splits."""
    found = {name: [_told(one) for one in rows] for name, rows in lexicon().messages.items()}
    for suite in sorted((ROOT / "tests" / "tuning").glob("*/scenarios")):
        found[suite.parent.name] = scenarios(suite, suite.parent / "shop")
    found["golden"] = scenarios(ROOT / "eval/scenarios/golden", ROOT / "retrieval/shops/demo")
    return found | {split: examples(split) for split in ("dev", "gate", "fresh")}


def scenarios(suite: Path, shop: Path) -> list[Example]:
    """The labelled tickets of a suite."""
    orders = {order.order_id: order for order in read_orders(shop)}
    rows = []
    for one in read_suite(str(suite)).scenarios:
        ticket, expect = one.ticket(shop="x", orders=orders), one.expect
        if ticket.trigger is None and expect.intents is not None:
            rows.append(
                Example(
                    ticket=ticket,
                    intents=frozenset(expect.intents),
                    emotion=expect.emotion or "",
                    strength=expect.strength,
                    escalate=bool(expect.escalate),
                    risks=frozenset(expect.risks or ()),
                )
            )
    return rows


def _told(one: Message) -> Example:
    turns = [
        {"role": "customer" if line.startswith("C") else "agent", "text": line[2:].strip() or "."}
        for line in one.before
    ]
    turns += [{"role": "customer", "text": bubble} for bubble in one.t]
    return Example(
        ticket=read_ticket({"id": "m", "now": NOW, "conversation": turns}),
        intents=frozenset(one.i),
        emotion=one.e,
        strength=one.s,
        escalate=one.esc,
        risks=frozenset(one.r),
    )


class Readings:
    """Tickets of each author, read by a learner that has not seen that author (nor another one)."""

    def __init__(self, rows: Mapping[str, Sequence[Example]], words: Lexicon) -> None:
        self.rows, self.words = rows, words
        self._read: dict[tuple[str, frozenset[str]], list[Reading]] = {}
        self._learners: dict[frozenset[str], Classifier] = {}

    def of(self, author: str, *, without: str = "") -> list[Reading]:
        """The author's tickets as read without either's messages."""
        unseen = frozenset({author, without} & set(self.words.messages))
        if (author, unseen) not in self._read:
            if unseen not in self._learners:
                known = [*phrases(self.words), *messages(self.words, without=unseen)]
                self._learners[unseen] = fit(known, self.words)
            by = self._learners[unseen]
            self._read[author, unseen] = [reading(one.ticket, self.words, by) for one in self.rows[author]]
        return self._read[author, unseen]


def wish_rows(read: Sequence[Reading]) -> Array:
    return np.array([np.concatenate([one.shown.blocks[name] for name in WISHES]) for one in read])


def feeling_rows(read: Sequence[Reading], said: Sequence[Feeling], words: Lexicon) -> Array:
    rows = []
    for one, felt in zip(read, said, strict=True):
        blocks = one.shown.blocks | signs(one.folded, one.parts, felt, words)
        rows.append(np.concatenate([blocks[name] for name in FEELINGS]))
    return np.array(rows)


def solve(rows: Array, wanted: Array, shrinkage: float, counts: Array) -> Weights:
    """Weights and bias of a weighted ridge regression on standardised traits, for raw ones."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + _LEAST
    scaled, counts = (rows - middle) / spread, counts / counts.mean()
    bias = (wanted * counts[:, None]).sum(axis=0) / counts.sum()
    gram = (scaled * counts[:, None]).T @ scaled + shrinkage * len(rows) * np.eye(rows.shape[1])
    weights = np.linalg.solve(gram, (scaled * counts[:, None]).T @ (wanted - bias)) / spread[:, None]
    return weights, bias - middle @ weights


def fitted(found: Readings, training: Sequence[str], *, without: str = "") -> dict[str, Weights]:
    """Both decisions, fitted on those authors."""
    words = found.words
    read: list[Reading] = []
    rows: list[Example] = []
    for author in training:
        read += found.of(author, without=without)
        rows += found.rows[author]
    names = tuple(words.intents)
    wanted = np.array([[float(name in row.intents) for name in names] for row in rows])
    wishes = solve(wish_rows(read), wanted, SHRINKAGE["wishes"], np.ones(len(rows), np.float32))
    said = [_said(one, wishes, words) for one in read]
    felt = [place for place, row in enumerate(rows) if row.emotion]
    kept = feeling_rows(read, said, words)
    emotions = np.array([[float(rows[at].emotion == name) for name in words.felt] for at in felt])
    rarity = (1 / np.maximum(emotions.mean(axis=0), 1e-3)) ** EVENING
    counts = emotions @ rarity
    feelings = solve(kept[felt], emotions, SHRINKAGE["feelings"], counts)
    strong = [place for place in felt if rows[place].strength]
    depth = np.array([[float(rows[at].strength or 0)] for at in strong])
    strength = solve(kept[strong], depth, SHRINKAGE["feelings"], np.ones(len(strong), np.float32))
    both = np.hstack([feelings[0], strength[0]]), np.concatenate([feelings[1], strength[1]])
    return {"wishes": wishes, "feelings": both}


def _said(one: Reading, wishes: Weights, words: Lexicon) -> Feeling:
    intents = chosen(wish_rows([one]) @ wishes[0] + wishes[1], words)[0]
    return worded(one.folded, one.parts, intents, (), words)


def chosen(scores: Array, words: Lexicon) -> list[list[str]]:
    """The intents that the scores of each row stand for."""
    names = tuple(words.intents)
    return [
        [names[at] for at in np.argsort(-row) if row[at] >= words.tuning.accept or row[at] == row.max()]
        for row in scores
    ]


def figures(found: Readings, author: str, weights: Mapping[str, Weights]) -> tuple[float, float, float]:
    """Micro-F1 of intents, emotions right, and the mean error of the strength."""
    words, rows = found.words, found.rows[author]
    read = found.of(author)
    got = chosen(wish_rows(read) @ weights["wishes"][0] + weights["wishes"][1], words)
    right = sum(len(row.intents & set(intents)) for row, intents in zip(rows, got, strict=True))
    total = sum(len(row.intents) + len(intents) for row, intents in zip(rows, got, strict=True))
    said = [_said(one, weights["wishes"], words) for one in read]
    scores = feeling_rows(read, said, words) @ weights["feelings"][0] + weights["feelings"][1]
    felt = [words.felt[at] for at in scores[:, :-1].argmax(axis=1)]
    known = [(row, name) for row, name in zip(rows, felt, strict=True) if row.emotion]
    missed = [
        abs(round(float(score)) - row.strength)
        for row, score in zip(rows, scores[:, -1], strict=True)
        if row.strength
    ]
    emotion = sum(row.emotion == name for row, name in known) / max(1, len(known))
    return 2 * right / total, emotion, sum(missed) / max(1, len(missed))


def main() -> None:
    """Print the figures, or write the weights."""
    words = lexicon()
    found = Readings(authors(), words)
    training = [name for name in found.rows if name not in HELD]
    out = sys.stdout.write
    if "--write" not in sys.argv:
        for author in found.rows:
            weights = fitted(found, [name for name in training if name != author], without=author)
            intents, emotion, strength = figures(found, author, weights)
            out(f"{author:18} intents {intents:.3f} emotion {emotion:.3f} strength off by {strength:.2f}\n")
        return
    made = fitted(found, training)
    labels = {"wishes": list(words.intents), "feelings": [*words.felt, "strength"]}
    short = {
        name: {"labels": labels[name], "bias": _short(bias), "weights": [_short(row) for row in weights]}
        for name, (weights, bias) in made.items()
    }
    text = json.dumps(short).replace("], [", "],\n[").replace("}, ", "},\n")
    (ROOT / "prompts/lexicon/fitted.json").write_text(text + "\n", encoding="utf-8")


def _short(row: Array) -> list[float]:
    return [float(f"{value:.3g}") for value in row]


if __name__ == "__main__":
    main()

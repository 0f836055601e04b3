"""A query as weighted tokens, and how much of a question a row covers."""

from collections.abc import Callable, Iterable

import numpy as np

from retrieval.lexical import LexicalIndex
from retrieval.query import Query
from retrieval.ranking import Ranking
from retrieval.tokenising import CONCEPT, PIECE, SOUND, is_exact, is_han, loose
from retrieval.wording import load_wording

DOUBT = 4.0
"""A word is taken for a typo where its sound is in more than this many times as many rows as itself."""
STRANGE_HALF = 10.0
"""Rows that use a customer's phrase at which its translation counts half."""


LONG = 7
"""Words of a question above which its concepts count more: a story has many chance words, one point."""
LONGEST = 3.0
"""How many times more at most."""


class Interpreter:
    """Turns queries into token weights for one index."""

    def __init__(self, lexical: LexicalIndex, ranking: Ranking, analyse: Callable[[str], list[str]]) -> None:
        self._lexical, self._ranking, self._analyse = lexical, ranking, analyse
        self._strange: dict[str, float] = {}

    def weights(self, query: Query) -> dict[str, float]:
        """Every token of a query once, with the highest weight it earns."""
        ranking, weights = self._ranking, dict.fromkeys(self._strong(query.text), 1.0)
        longer = min(LONGEST, max(1.0, sum(map(_is_word, weights)) / LONG))
        _lower(weights, self._words(query.text), ranking.weak)
        for share, text in [(1.0, query.text), *((ranking.context, text) for text in query.context)]:
            self._add_meaning(weights, text, share, longer)
        for text in query.context:
            _lower(weights, self._words(text), ranking.context)
        for word in query.terms:
            _lower(weights, self._words(word), ranking.terms)
        return self._without_certain(weights, query)

    def coverage(self, text: str, row: int) -> float:
        """Share of a question's weight that a row holds, 0 to 1; unknown words count as rare ones."""
        lexical, wording = self._lexical, load_wording()
        asked = self._strong(text) or self._words(text)
        weights = dict.fromkeys((token for token in asked if is_exact(token) and len(token) > 1), 1.0)
        places = lexical.places(weights)
        rare = float(np.log1p((lexical.size + 0.5) / 0.5))
        total = sum(float(lexical.idf[places[token]]) if token in places else rare for token in weights)
        held = sum(float(lexical.idf[places[token]]) for token, _ in lexical.explain(row, weights, places))
        meant = wording.meant(text, self._strangeness)
        widened = dict.fromkeys((token for concept in meant for token in wording.written[concept]), 1.0)
        spread = lexical.explain(row, widened, lexical.places(widened))
        return max(held / total if total else 0.0, min(1.0, len(spread) / 6))

    def _strong(self, text: str) -> list[str]:
        return self._words(load_wording().strong_part(text))

    def _words(self, text: str) -> list[str]:
        """The tokens of a text without its concepts: those are weighed by how strange their phrase is."""
        return [token for token in self._analyse(text) if not token.startswith(CONCEPT)]

    def _add_meaning(self, weights: dict[str, float], text: str, share: float, longer: float) -> None:
        wording = load_wording()
        for concept, strange in wording.meant(text, self._strangeness).items():
            _lower(weights, [CONCEPT + concept], share * strange * longer)
            _lower(weights, wording.written[concept], self._ranking.wording * share * strange)

    def _without_certain(self, weights: dict[str, float], query: Query) -> dict[str, float]:
        """The weights without the sounds and pieces of words the corpus knows: those are no typos."""
        stands_for: dict[str, str] = {}
        for text in (query.text, *query.context, *query.terms):
            for token, exact in loose(text).items():
                stands_for.setdefault(token, exact)
        wanted = {token for token in weights if token.startswith((SOUND, PIECE))}
        known = self._lexical.frequencies(
            [*wanted, *(stands_for[token] for token in wanted if token in stands_for)]
        )
        return {
            token: weight
            for token, weight in weights.items()
            if token not in wanted or known[token] > DOUBT * known.get(stands_for.get(token, ""), 0)
        }

    def _strangeness(self, phrase: str) -> float:
        """1 for a phrase this corpus never uses, falling to 0 the more rows use all of its parts."""
        known = self._strange.get(phrase)
        if known is None:
            parts = [token for token in self._words(phrase) if len(token) > 1 and is_exact(token)]
            rows = min((self._lexical.frequency(token) for token in parts), default=0)
            known = self._strange[phrase] = STRANGE_HALF / (STRANGE_HALF + rows)
        return known


def _is_word(token: str) -> bool:
    """Whether a token is one character or Latin word: pairs, sounds and pieces repeat those."""
    return is_exact(token) and (len(token) == 1 or not is_han(token))


def _lower(weights: dict[str, float], tokens: Iterable[str], weight: float) -> None:
    """Add tokens at a weight lower than what is there already."""
    for token in tokens:
        weights.setdefault(token, weight)

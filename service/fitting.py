"""Fitting a case into a token budget without losing what decides it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prompts.template import escape
from retrieval.snippet import Snippet
from service.case import Case
from service.errors import ModelError

_WIDE_FROM = 0x2E80
"""From here on (CJK and beyond) a character is about one token; below it about three make one."""
_NARROW_PER_TOKEN = 3
_OVERHEAD = 24
"""Tokens a source or a turn costs beside its text: number, heading, validity, role."""
_SHORTEST_TURN = 200
"""A turn is cut down to this many characters at least, so that it can still be understood."""


class PromptTooLong(ModelError):
    """What decides the case does not fit into the prompt's budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTurn:
    """One turn as the model will see it."""

    role: str
    text: str
    answer: bool = False
    """Whether it is one of the turns to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What of a case fits."""

    snippets: tuple[Snippet, ...] = ()
    turns: tuple[ShownTurn, ...] = ()
    dropped: tuple[str, ...] = ()
    """Keys of snippets left out, best first."""
    omitted_turns: int = 0
    """Turns left out at the beginning."""


def estimate_tokens(text: str) -> int:
    """Tokens of a text, on the safe side for every tokenizer in use."""
    wide = sum(1 for letter in text if ord(letter) >= _WIDE_FROM)
    return wide + -(-(len(text) - wide) // _NARROW_PER_TOKEN)


def decisive_keys(case: Case) -> frozenset[str]:
    """Keys of the snippets that decide: each issue's best policy, and what computed facts rest on."""
    keys = {source for fact in case.facts for source in fact.sources}
    for query in {hit.query for hit in case.hits}:
        policies = (hit for hit in case.hits if hit.query == query and hit.snippet.kind == "policy")
        best = max(policies, key=lambda hit: hit.score, default=None)
        if best:
            keys.add(best.snippet.key)
    return frozenset(keys & {snippet.key for snippet in case.snippets})


def fit(
    snippets: Sequence[Snippet], turns: Sequence[ShownTurn], *, decisive: frozenset[str], budget: int
) -> Fitted:
    """As much as fits: first what decides and the turns to answer, then earlier turns, then the rest by rank.

    Long turns are cut in the middle. Raises PromptTooLong if the first does not fit.
    """
    turns = _shortened(turns, budget // 2)
    must = [each for each in snippets if each.key in decisive]
    left = budget - sum(map(_snippet_cost, must)) - sum(_turn_cost(turn) for turn in turns if turn.answer)
    if left < 0:
        raise PromptTooLong(
            f"prompt: what decides the case needs {budget - left} tokens and {max(budget, 0)} are left; "
            "raise the prompt's token budget or shorten the policy sections",
            kind="prompt_too_long",
        )
    first, left = _first_shown(turns, left)
    kept = set(decisive)
    for snippet in snippets:
        cost = _snippet_cost(snippet)
        if snippet.key not in kept and cost <= left:
            kept.add(snippet.key)
            left -= cost
    return Fitted(
        snippets=tuple(each for each in snippets if each.key in kept),
        turns=tuple(turn for index, turn in enumerate(turns) if index >= first or turn.answer),
        dropped=tuple(each.key for each in snippets if each.key not in kept),
        omitted_turns=sum(not turn.answer for turn in turns[:first]),
    )


def _first_shown(turns: Sequence[ShownTurn], left: int) -> tuple[int, int]:
    """Index of the earliest turn that is shown, and the tokens left: at most half goes to history."""
    history = left // 2
    first = len(turns)
    for index in range(len(turns) - 1, -1, -1):
        cost = 0 if turns[index].answer else _turn_cost(turns[index])
        if cost > history:
            break
        history -= cost
        left -= cost
        first = index
    return first, left


def _shortened(turns: Sequence[ShownTurn], budget: int) -> tuple[ShownTurn, ...]:
    """The turns, those to answer cut in the middle until together they fit the budget."""
    asked = [turn for turn in turns if turn.answer]
    room = max(_SHORTEST_TURN, budget // max(1, len(asked)) - _OVERHEAD)
    return tuple(replace(turn, text=_middle_cut(turn.text, room)) for turn in turns)


def _middle_cut(text: str, tokens: int) -> str:
    if _shown_tokens(text) <= tokens:
        return text
    half = max(1, (tokens - 1) // 2)
    return f"{text[:half]}…{text[-half:]}"


def _snippet_cost(snippet: Snippet) -> int:
    return _shown_tokens(snippet.text) + _shown_tokens(snippet.heading) + _OVERHEAD


def _turn_cost(turn: ShownTurn) -> int:
    return _shown_tokens(turn.text) + _OVERHEAD


def _shown_tokens(text: str) -> int:
    """Tokens of a text as a template shows it: escaped signs are wide."""
    return estimate_tokens(escape(text))

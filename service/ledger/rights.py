"""Rights a text grants or denies, and whether a source does the same."""

from collections.abc import Iterator
from dataclasses import dataclass

from prompts.words import Words, clause
from service.ledger.mention import SENTENCE_END

LIFTED_BEFORE = 6
"""How far before a denial its own denial stands: 不会让|您承担运费."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One right, granted or denied, with the conditions of its sentence."""

    right: str
    denied: bool
    span: tuple[int, int]
    fault: bool
    """The sentence is about a fault of ours: defect, damage, wrong or missing goods."""
    no_reason: bool
    """The sentence is about a return without a reason."""
    used: bool | None
    """Whether it is said of goods opened or used, of untouched ones, or (None) of either."""
    sentence: tuple[int, int]


def grants(text: str, words: Words, *, source: bool = False) -> Iterator[Claim]:
    """Every right a text grants or denies; in a `source` a bare mention grants it."""
    denials = words.scan("unright", words.without("condition", text))
    for start, end, right in denials:
        left, _ = clause(text, start, end)
        if words.find("unsure", text[left:end]):
            continue
        burden_lifted = words.find("lifted", text[max(left, start - LIFTED_BEFORE) : end])
        yield _claim(text, right, not burden_lifted, (start, end), words)
    found = words.scan("right", text) + (words.scan("ground", text) if source else [])
    for start, end, right in found:
        if any(a < end and start < b for a, b, _ in denials):
            continue
        left, stop = clause(text, start, end)
        if not source and words.find("asks_or_supposes", text[left : min(stop + 1, len(text))]):
            continue
        yield _claim(text, right, words.negates(text[left:start]), (start, end), words)


def _claim(text: str, right: str, denied: bool, span: tuple[int, int], words: Words) -> Claim:
    left, stop = clause(text, *span, stops=SENTENCE_END)
    around = text[left:stop]
    inside = text[slice(*clause(text, *span))]
    other_matter = words.find("topic.exchange", inside) or words.find("our_fault", inside)
    return Claim(
        right=right,
        denied=denied,
        span=span,
        fault=words.find("our_fault", around),
        no_reason=_own_wish(inside, words) or (_own_wish(around, words) and not other_matter),
        used=_used(inside, words) if _used(inside, words) is not None else _used(text[left : span[0]], words),
        sentence=(left, stop),
    )


def _used(text: str, words: Words) -> bool | None:
    if words.find("condition", text):
        return False
    return True if words.find("used_goods", text) else None


def _own_wish(text: str, words: Words) -> bool:
    return words.find("topic.no_reason", text) or words.find("own_wish", text)

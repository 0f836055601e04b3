"""What a rewrite must not change: figures, dates, negations, ids, rights, promises."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from prompts.folding import Folded
from prompts.rulepack import RulePacks
from service.ledger.acting import promises
from service.ledger.comparing import same_value
from service.ledger.mention import Mention
from service.ledger.reading import read
from service.ledger.rights import grants


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One commitment that a rewrite lost, added or turned round."""

    kind: str
    """Kind of the commitment, `negation` or `id`."""
    value: str
    change: str
    """`lost` or `added`."""
    span: tuple[int, int]
    """In the text that has it."""


def differences(before: str, after: str, *, rulepacks: RulePacks, today: date) -> tuple[Difference, ...]:
    """Every commitment that stands in one of two texts only; empty if a rewrite kept them all.

    Works across languages: 三个工作日 and `3 business days` are the same.
    """
    old, new = rulepacks.folding.fold(before), rulepacks.folding.fold(after)
    return (
        *_figures(old, new, rulepacks, today),
        *_named(old, new, _rights(old, rulepacks), _rights(new, rulepacks), "right"),
        *_actions(old, new, "lost", rulepacks),
        *_actions(new, old, "added", rulepacks),
        *_named(old, new, _ids(old, rulepacks), _ids(new, rulepacks), "id"),
    )


def _figures(old: Folded, new: Folded, packs: RulePacks, today: date) -> list[Difference]:
    left, right = list(read(old.text, packs.words, today)), list(read(new.text, packs.words, today))
    found: list[Difference] = []
    for mention in left:
        twin = next((other for other in right if _same(mention, other)), None)
        if twin is None:
            found.append(_difference(mention, "lost", old))
        else:
            right.remove(twin)
    return found + [_difference(mention, "added", new) for mention in right]


def _same(one: Mention, other: Mention) -> bool:
    counted = one.kind == other.kind == "quantity" and one.unit != other.unit
    alike = (counted and one.low == other.low) or (same_value(one, other) and same_value(other, one))
    return alike and one.denied == other.denied


def _difference(mention: Mention, change: str, text: Folded) -> Difference:
    return Difference(
        kind="negation" if mention.denied else mention.kind,
        value=mention.value,
        change=change,
        span=text.span(*mention.span),
    )


Places = list[tuple[str, tuple[int, int]]]


def _rights(text: Folded, packs: RulePacks) -> Places:
    claims = grants(text.text, packs.words)
    return [(("no " if claim.denied else "") + claim.right, claim.span) for claim in claims]


def _actions(one: Folded, other: Folded, change: str, packs: RulePacks) -> Iterator[Difference]:
    """Actions one text promises and the other does not so much as name."""
    named = {action for _, _, action in packs.words.scan("action", other.text)}
    for each in promises(one.text, (), packs.words):
        if each.action not in named:
            span = one.span(*each.span)
            yield Difference(kind="action", value=each.action, change=change, span=span)


def _ids(text: Folded, packs: RulePacks) -> Places:
    return [(text.text[a:b], (a, b)) for a, b in packs.words.spans("serial_numbers", text.text)]


def _named(old: Folded, new: Folded, left: Places, right: Places, kind: str) -> list[Difference]:
    before, after = Counter(name for name, _ in left), Counter(name for name, _ in right)
    lost = [(name, span, "lost", old) for name, span in left if name not in after]
    added = [(name, span, "added", new) for name, span in right if name not in before]
    return [
        Difference(kind=kind, value=name, change=change, span=text.span(*span))
        for name, span, change, text in (*lost, *added)
    ]

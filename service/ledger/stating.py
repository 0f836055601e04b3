"""Plain statements of can and cannot, with and without: 不可机洗 in a source, 可以机洗 in the text."""

from collections.abc import Iterator
from dataclasses import dataclass

from prompts.words import Words, clause

LONGEST = 8
"""Characters after 不可 or 支持 that name what is meant."""
SHARED = 3
"""So many in a row name the same thing; two do if they are all a source says."""
LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something said to be so or not so."""

    family: str
    """What kind of statement: being able, having, needing, being in stock."""
    denied: bool
    about: str
    """The words after it."""
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A statement of the text that a source states the other way round."""

    span: tuple[int, int]
    by: str


def statements(text: str, words: Words) -> tuple[Statement, ...]:
    """Every statement of a folded text; questions, conditions and general denials are none."""
    found: list[Statement] = []
    for start, end, name in words.scan("state_of", text):
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        if words.find("wonders", inside) or words.find("conditional", inside):
            continue
        family, _, side = name.partition("_")
        denied = side == "not" or words.negates(text[left:start])
        about = text[end : min(right, end + LONGEST)]
        if not words.find("handled_elsewhere", about):
            found.append(Statement(family=family, denied=denied, about=about, span=(start, end + len(about))))
    return tuple(found)


def clashes(
    mine: tuple[Statement, ...], theirs: tuple[tuple[str, tuple[Statement, ...]], ...]
) -> Iterator[Clash]:
    """Statements of the text that a source contradicts and none confirms."""
    for one in mine:
        against = [key for key, told in theirs for other in told if _same(one, other, denied=not one.denied)]
        for_it = any(_same(one, other, denied=one.denied) for _, told in theirs for other in told)
        if against and not for_it:
            yield Clash(span=one.span, by=against[0])


def turned(text: str, source: str, words: Words) -> Iterator[tuple[int, int]]:
    """Where a text says of a thing what the source denies of it, or denies what it says: 内帐(不)防水."""
    for found in words.each("thing_not", source):
        plain = found.get("thing") + found.get("quality")
        at = text.find(plain)
        if at >= 0:
            yield at, at + len(plain)
    for found in words.each("thing_not", text):
        if found.get("thing") + found.get("quality") in source:
            yield found.span


def called_free(text: str, source: str, words: Words) -> Iterator[tuple[int, int]]:
    """Where a text calls free what a source puts a price on."""
    for found in words.each("free_of_charge", text):
        thing = found.get("thing")
        left, right = clause(text, *found.span)
        if words.negates(text[left : found.span[0]]) or words.find("wonders", text[left : right + 1]):
            continue
        told = [source[slice(*clause(source, at, at + len(thing)))] for at in _places(thing, source)]
        if any(words.find("priced", one) for one in told) and not any(
            words.find("free_of_charge", one) for one in told
        ):
            yield found.span


def sent_where_nothing_goes(text: str, source: str, words: Words) -> Iterator[tuple[int, int]]:
    """Where a text offers to send to a region that a source leaves out."""
    shut = {
        place
        for at in words.spans("no_delivery", source)
        for place in _regions(source[slice(*clause(source, *at))], words)
    }
    for start, end in words.spans("delivers", text) if shut else ():
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        denied = words.find("no_delivery", inside) or words.find("wonders", inside)
        if not denied and shut & _regions(inside, words):
            yield start, end


def _regions(text: str, words: Words) -> set[str]:
    table = words.tables["regions"]
    return {
        place for a, b in words.spans("region", text) for place in table.get(text[a:b], text[a:b]).split()
    }


def _places(thing: str, text: str) -> Iterator[int]:
    at = text.find(thing)
    while at >= 0:
        yield at
        at = text.find(thing, at + 1)


def _same(mine: Statement, theirs: Statement, *, denied: bool) -> bool:
    if mine.family != theirs.family or theirs.denied is not denied:
        return False
    shared = _longest(mine.about, theirs.about)
    return shared >= SHARED or (shared >= LEAST and shared == min(len(mine.about), len(theirs.about)))


def _longest(one: str, other: str) -> int:
    """Length of the longest stretch of Chinese that two texts share."""
    return max(
        (
            end - start
            for start in range(len(one))
            for end in range(start + LEAST, len(one) + 1)
            if one[start:end] in other and all(char > "\u2e7f" for char in one[start:end])
        ),
        default=0,
    )

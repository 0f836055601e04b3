"""Cutting a message into sentences and clauses, each with its place in the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompts.lexicon import Lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of a message that says one thing."""

    start: int
    end: int
    text: str
    """Folded."""
    sentence: int
    """Which sentence it belongs to, counted from 0."""
    asks: bool
    """Whether it reads as a question."""
    empty: bool
    """Whether it only greets, thanks or agrees."""
    leans: bool
    """Whether it needs what was said before to make sense."""


def wanted(text: str, lexicon: Lexicon) -> str:
    """The text with expressly denied wishes (`不是要退货`) starred out, at the same length."""
    pieces, done = [], 0
    for match in lexicon.segmenting.denied.matches(text):
        group = next(i for i, said in enumerate(match.groups(), start=1) if said)
        start, end = match.span(group)
        pieces += [text[done:start], "*" * (end - start)]
        done = end
    return "".join([*pieces, text[done:]])


def clauses(text: str, lexicon: Lexicon) -> tuple[Clause, ...]:
    """The clauses of a folded text, in order."""
    rules = lexicon.segmenting
    cuts: dict[int, tuple[int, bool]] = {}
    for start, end in rules.pause.spans(text):
        if not _inside_english(text, start, end):
            cuts[start] = (end, False)
    for start, end in rules.end.spans(text):
        cuts[start] = (end, True)
    for start, _ in rules.turn.spans(text):
        cuts.setdefault(start, (start, False))
    found: list[Clause] = []
    begin, sentence = 0, 0
    for cut, (after, ends) in [*sorted(cuts.items()), (len(text), (len(text), True))]:
        if cut < begin:
            begin = max(begin, after)
            sentence += ends
            continue
        kept = cut + text[cut:after].rstrip().count("?") if "?" in text[cut:after] else cut
        piece = text[begin:kept]
        if piece.strip(" ?"):
            left = begin + len(piece) - len(piece.lstrip())
            found.append(_clause(text, left, left + len(piece.strip()), sentence, lexicon))
        begin = after
        sentence += ends
    return tuple(found)


def sentences(text: str, parts: Sequence[Clause]) -> list[str]:
    """The text of each sentence that has clauses, in order."""
    ends: dict[int, tuple[int, int]] = {}
    for part in parts:
        start, _ = ends.get(part.sentence, (part.start, part.end))
        ends[part.sentence] = (start, part.end)
    return [text[start:end] for start, end in ends.values()]


def _clause(text: str, start: int, end: int, sentence: int, lexicon: Lexicon) -> Clause:
    rules, said = lexicon.segmenting, text[start:end]
    return Clause(
        start=start,
        end=end,
        text=said,
        sentence=sentence,
        asks=rules.question.within(said),
        empty=rules.noise.within(said.strip(" ?")),
        leans=len(said) <= 24 and rules.elliptic.within(said),
    )


def _inside_english(text: str, start: int, end: int) -> bool:
    """Whether a blank or comma stands between Latin words or digits, where it ends nothing."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if not text[start:end].isspace():
        return False
    letters = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
    return letters or not before or before in "$¥#:" or (_latin(before) and _latin(after))


def _latin(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "'\"$#().-!?:;,&%+/")

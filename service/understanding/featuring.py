"""What the learner sees of a text: letter groups, letters a gap apart, beginnings and ends of clauses."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

_BREAK = re.compile(r"[,。!?;、…~\s]+")
_FAR = 5
"""How far apart two letters may stand to be seen as a pair."""
_STEM = 5
"""Letters of an English word that tell its kin."""


def features(text: str, lengths: Sequence[int]) -> list[str]:
    """The features of a folded text, each once."""
    pieces = [piece for piece in _BREAK.split(text) if piece]
    return list(dict.fromkeys([*grams(text, lengths), *_edges(text, pieces), *_gaps(pieces)]))


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
        for word in said:
            if len(word) > _STEM:
                yield f"{word[:_STEM]}-"


def _edges(text: str, pieces: Sequence[str]) -> Iterable[str]:
    for piece in pieces:
        if len(piece) > 1:
            yield from (f"^{piece[:2]}", f"{piece[-2:]}$", f"{piece[-1]}$")
    yield from (f"mark {char}" for char in "!?…~。" if char in text)


def _gaps(pieces: Sequence[str]) -> Iterable[str]:
    for piece in pieces:
        letters = [char for char in piece if not char.isascii() and char.isalnum()]
        for start, first in enumerate(letters):
            for second in letters[start + 2 : start + _FAR + 1]:
                yield f"{first}…{second}"


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

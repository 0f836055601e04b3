"""Text made comparable: width, case, invisible characters, variants and disguises, with spans kept."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = {"Cf", "Cc", "Mn", "Me", "Cs", "Co", "Cn"}
"""Unicode categories a reader does not see; newline and tab are kept."""


PAUSES = "\uff0c"
"""The full-width comma: between digits it parts two numbers, which a plain comma would join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A folded text and where each of its characters stood."""

    text: str
    origin: tuple[int, ...]
    """Index in the original of every folded character."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of a folded one."""
        if start >= end:
            at = self.origin[start] if start < len(self.origin) else 0
            return at, at
        return self.origin[start], self.origin[end - 1] + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding:
    """The tables of `rules/words/folding.yaml`."""

    variants: Mapping[str, str]
    """Traditional or variant character → the one that rules are written with."""
    disguises: Mapping[str, str]
    """Character or emoji used to hide a word → the word's character."""
    separators: frozenset[str]
    """Characters put between the characters of a hidden word."""

    def fold(self, text: str) -> Folded:
        """NFKC, lower case, invisible characters and spaces beside Chinese dropped, variants unified."""
        letters: list[str] = []
        origin: list[int] = []
        for index, char in enumerate(text):
            if char == " " and _beside_han(text, index):
                continue
            if char in PAUSES and _between_digits(text, index):
                letters.append(";")  # 减30，459元 is not 30,459元
                origin.append(index)
                continue
            for letter in _plain(char):
                letters.append(self.variants.get(letter, letter))
                origin.append(index)
        return Folded(text="".join(letters), origin=tuple(origin))

    def disguised(self, pattern: str) -> str:
        """A pattern as it must be written to be found in a compact text."""
        return "".join(self.disguises.get(char, char) if char > "\u2e7f" else char for char in pattern)

    def compact(self, folded: Folded) -> Folded:
        """The folded text without separators, with disguises read as the words they stand for."""
        letters: list[str] = []
        origin: list[int] = []
        for letter, index in zip(folded.text, folded.origin, strict=True):
            if letter in self.separators:
                continue
            for plain in _digit(self.disguises.get(letter, letter)):
                letters.append(plain)
                origin.append(index)
        return Folded(text="".join(letters), origin=tuple(origin))


def _between_digits(text: str, index: int) -> bool:
    return text[max(0, index - 1) : index].isdecimal() and text[index + 1 : index + 2].isdecimal()


def _beside_han(text: str, index: int) -> bool:
    """7 天 and 满 200 减 15 are written with and without spaces."""
    before, after = text[max(0, index - 1) : index], text[index + 1 : index + 2]
    return "\u4e00" <= before <= "\u9fff" or "\u4e00" <= after <= "\u9fff"


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    if char in "\n\t":
        return char
    category = unicodedata.category(char)
    if category in INVISIBLE:
        return ""
    if category in {"No", "So"}:  # ①7天 must not read as 17天
        return char
    return unicodedata.normalize("NFKC", char).lower()


@lru_cache(maxsize=8192)
def _digit(char: str) -> str:
    if len(char) == 1 and unicodedata.category(char) == "No":
        return unicodedata.normalize("NFKC", char).lower()
    return char

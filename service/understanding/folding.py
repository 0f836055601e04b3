"""One way of writing for everything that is matched: same length, so spans stay true."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from prompts.lexicon import Lexicon
from prompts.wordlist import words


class _Characters(dict[int, str]):
    """Code point → folded character, filled as characters turn up."""

    def __init__(self, variants: dict[str, str]) -> None:
        super().__init__()
        self._variants = variants

    def __missing__(self, code: int) -> str:
        char = chr(code)
        for form in (unicodedata.normalize("NFKC", char), char):
            lower = form.lower()
            if len(lower) == 1:
                char = lower
                break
        self[code] = folded = self._variants.get(char, char)
        return folded


@lru_cache(maxsize=8)
def folder(lexicon: Lexicon) -> Callable[[str], str]:
    """A function that folds a text: half width, lower case, simplified characters, common typos mended."""
    alphabets = lexicon.folding.characters
    table = _Characters(dict(zip(alphabets.variants, alphabets.usual, strict=True)))
    typos = lexicon.folding.typos
    misspelt = words(sorted(typos, key=len, reverse=True))

    def fold(text: str) -> str:
        plain = text.translate(table)
        pieces, done = [], 0
        for start, end in misspelt.spans(plain):
            pieces += [plain[done:start], typos[plain[start:end]]]
            done = end
        return "".join([*pieces, plain[done:]])

    return fold


def bare(text: str) -> str:
    """A name as it would be matched: half width, lower case, edges trimmed."""
    return unicodedata.normalize("NFKC", text).lower().strip()

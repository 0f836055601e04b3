"""Whether a text gives the prompt away, as it is or disguised."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

from prompts.template import Template

RUN = 20
"""Characters of instructions in a row that are a leak (A4)."""
_NARROW_RUN = 40
"""The same for text without Chinese, where twenty letters are three words anyone may use."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){20,}")
_SYLLABLES_RUN = 48
"""Letters of romanised instructions in a row: about sixteen Chinese characters."""


def leaks(
    text: str,
    *,
    templates: Collection[Template],
    canary: str,
    fold: Callable[[str], str] = lambda text: text,
) -> bool:
    """Whether the text holds the canary, or a long run of the templates' own words.

    It is looked for as written, spaced out, reversed, in base64 or hex, in pinyin, and after `fold`
    (which unifies character variants). What a template is filled with does not count: policies may be
    quoted.
    """
    literals = _literals(tuple(section.text for each in templates for section in each.sections))
    marks = [_letters(mark) for mark in (canary, canary.removeprefix("WL-")) if mark]
    for seen in _readings(text):
        letters = _letters(fold(seen))
        if any(mark in letters for mark in marks) or _shares_run(letters, _own_words(literals, fold)):
            return True
    latin = _latin(text)
    return len(latin) >= _SYLLABLES_RUN and _has_window(latin, _romanised(literals), _SYLLABLES_RUN)


def _readings(text: str) -> Iterator[str]:
    """The text, backwards, and whatever it decodes to."""
    yield text
    yield text[::-1]
    for match in _BASE64.finditer(re.sub(r"\s+", "", text)):
        yield from _decoded_base64(match[0])
    for match in _HEX.finditer(text):
        yield bytes.fromhex(re.sub(r"[\s:]", "", match[0])).decode("utf-8", "ignore")


def _decoded_base64(word: str) -> Iterator[str]:
    plain = word.replace("-", "+").replace("_", "/").rstrip("=")
    for skip in range(4):
        part = plain[skip:]
        try:
            yield base64.b64decode(part[: len(part) // 4 * 4]).decode("utf-8", "ignore")
        except (binascii.Error, ValueError):
            continue


def _shares_run(letters: str, own: tuple[frozenset[str], frozenset[str]]) -> bool:
    wide, narrow = own
    return _has_window(letters, wide, RUN) or _has_window(letters, narrow, _NARROW_RUN)


def _has_window(letters: str, windows: frozenset[str], length: int) -> bool:
    return any(letters[i : i + length] in windows for i in range(len(letters) - length + 1))


@lru_cache(maxsize=64)
def _literals(bodies: tuple[str, ...]) -> tuple[str, ...]:
    """The templates' own words: everything that is not filled in, with its vocabulary left out."""
    from jinja2 import nodes

    from prompts.template import environment

    pieces: list[str] = []
    for body in bodies:
        tree = environment().parse(body)
        pieces += [node.data for node in tree.find_all(nodes.TemplateData)]
    return tuple(pieces)


@lru_cache(maxsize=64)
def _own_words(
    literals: tuple[str, ...], fold: Callable[[str], str]
) -> tuple[frozenset[str], frozenset[str]]:
    wide: set[str] = set()
    narrow: set[str] = set()
    for piece in literals:
        letters = _letters(fold(piece))
        wide |= {window for window in _windows(letters, RUN) if not window.isascii()}
        narrow |= {window for window in _windows(letters, _NARROW_RUN) if window.isascii()}
    return frozenset(wide), frozenset(narrow)


@lru_cache(maxsize=64)
def _romanised(literals: tuple[str, ...]) -> frozenset[str]:
    from pypinyin import lazy_pinyin

    romanised: set[str] = set()
    for piece in literals:
        romanised |= set(_windows(_latin("".join(lazy_pinyin(piece))), _SYLLABLES_RUN))
    return frozenset(romanised)


def _windows(letters: str, length: int) -> Iterator[str]:
    return (letters[i : i + length] for i in range(len(letters) - length + 1))


def _letters(text: str) -> str:
    """Letters and digits only, in one width and case: spaces and signs between them hide nothing."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).lower() if each.isalnum())


def _latin(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(each for each in plain if "a" <= each <= "z")

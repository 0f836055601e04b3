"""A policy sentence, put as one would put it to the customer."""

import re
from functools import lru_cache

from prompts.phrasebook import Rewording
from service.composing.wording import has_chinese
from service.facts.sentence import Sentence

_TAIL = re.compile(r"[。；;，,、\s]+$")
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_GAP = re.compile(
    r"(?<=[\u3400-\u9fff，。；：、“”（）]) +(?=[A-Za-z0-9“”])|(?<=[A-Za-z0-9%]) +(?=[\u3400-\u9fff])"
)
_ISO_DATE = re.compile(r"20\d\d-(\d{2})-(\d{2})(?!\d)\s*")
_LONG = 60
"""From this length on, asides in brackets are left out."""


class Reworder:
    """Applies `rewording.yaml`."""

    def __init__(self, words: Rewording) -> None:
        self._internal = re.compile("|".join(map(re.escape, words.internal)) or r"(?!)", re.IGNORECASE)
        self._public = re.compile(words.public or r"(?!)")
        self._strip = re.compile(rf"^(?:{'|'.join(map(re.escape, words.strip))})[，,：:\s]*")
        self._dangling = words.dangling
        self._day = words.day
        self._references = re.compile(words.references or r"(?!)")
        self._swaps = [(_swap_pattern(swap.from_, swap.keep), swap.to) for swap in words.swaps]

    def internal(self, text: str) -> bool:
        """Whether a text is meant for staff or for a machine."""
        return bool(self._internal.search(self._public.sub("", text)))

    def dangling(self, text: str) -> bool:
        """Whether a text points back at a sentence before it."""
        return text.startswith(self._dangling)

    def told(self, sentence: Sentence, *, text: str = "") -> str:
        """The sentence for the customer, ending in a full stop; empty if nothing of it may be said."""
        words = self._strip.sub("", (text or sentence.text).strip())
        if has_chinese(words):
            words = _ISO_DATE.sub(self._date, _GAP.sub("", words))
        words = self._without_internal(self._references.sub("", words))
        if len(words) > _LONG:
            words = _BRACKETS.sub("", words)
        for pattern, to in self._swaps:
            words = _swapped(pattern, to, words)
        words = _TAIL.sub("", words)
        if not words:
            return ""
        return words if words[-1] in "。！？!?." else f"{words}{'。' if not words.isascii() else '.'}"

    def _date(self, match: re.Match[str]) -> str:
        return self._day.format(month=int(match[1]), day=int(match[2]))

    def _without_internal(self, words: str) -> str:
        if not self.internal(words):
            return words
        kept = [part for part in re.split(r"(?<=[，,；;])", words) if not self.internal(part)]
        return "".join(kept) if len(kept) and len("".join(kept)) >= len(words) / 2 else ""


def _swapped(pattern: re.Pattern[str], to: str, words: str) -> str:
    return pattern.sub(lambda match: match[0] if match["keep"] else to, words)


@lru_cache(maxsize=200)
def _swap_pattern(words: tuple[str, ...], keep: tuple[str, ...]) -> re.Pattern[str]:
    kept = "|".join(map(re.escape, sorted(keep, key=len, reverse=True))) or r"(?!)"
    swapped = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?P<keep>{kept})|(?:{swapped})")

"""From a model's text with `[1]` markers to clean text with citations, whole or while it streams."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.snippet import Snippet
from service.draft import Citation

_NUMBERS = r"\s{0,2}[\^#]?\d{1,3}(?:\s?[,，、;；-]\s?\d{1,3}){0,5}\s{0,2}"
_MARKER = re.compile(rf"\[{_NUMBERS}\]|［{_NUMBERS}］|【{_NUMBERS}】")
_OPEN_MARKER = re.compile(r"[ \t]?(?:[\[［【][\s\d^#,，、;；-]*)?\Z")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_LONGEST_HELD = 48
"""A marker group longer than this is not one: a stream is never held back for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A model's answer, read."""

    text: str
    """Without markers."""
    citations: tuple[Citation, ...] = ()
    unknown: tuple[int, ...] = ()
    """Source numbers the model made up; dropped."""


@dataclass(slots=True)
class MarkerStripper:
    """Takes markers out of a stream: what it hands out never holds a marker, nor half of one.

    However the text is cut into pieces, the pieces handed out join to the same clean text.
    """

    _held: str = ""
    _clean: int = 0
    marks: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    """Where markers stood (offset in the clean text) and the numbers they named."""

    def feed(self, text: str) -> str:
        """The text that may be shown after this piece."""
        text = self._held + text
        held = _OPEN_MARKER.search(text, max(0, len(text) - _LONGEST_HELD))
        cut = held.start() if held else len(text)
        self._held = text[cut:]
        return self._strip(text[:cut])

    def finish(self) -> str:
        """What was still held back."""
        text, self._held = self._held, ""
        return self._strip(text)

    def _strip(self, text: str) -> str:
        shown: list[str] = []
        at = 0
        for match in _MARKER.finditer(text):
            before = text[at : match.start()]
            self._show(shown, before[:-1] if before[-1:] in (" ", "\t") else before)
            self.marks.append((self._clean, _numbers(match[0])))
            at = match.end()
        self._show(shown, text[at:])
        return "".join(shown)

    def _show(self, shown: list[str], piece: str) -> None:
        shown.append(piece)
        self._clean += len(piece)


def read_answer(text: str, sources: Sequence[Snippet]) -> Answer:
    """The clean text of an answer and what it cites.

    A number counts from 1 in `sources`; a number that none of them has is dropped and reported.
    """
    stripper = MarkerStripper()
    stripped = stripper.feed(text) + stripper.finish()
    clean = stripped.strip()
    lead = len(stripped) - len(stripped.lstrip())
    citations: dict[tuple[str, tuple[int, int]], Citation] = {}
    unknown: list[int] = []
    for offset, numbers in stripper.marks:
        span = _sentence_before(clean, max(0, min(offset - lead, len(clean))))
        for number in numbers:
            if not 1 <= number <= len(sources):
                unknown.append(number)
            elif span[0] < span[1]:
                citation = _cite(sources[number - 1], clean, span)
                citations.setdefault((citation.snippet, span), citation)
    return Answer(text=clean, citations=tuple(citations.values()), unknown=tuple(dict.fromkeys(unknown)))


def best_sentence(text: str, wanted: str) -> str:
    """The sentence of a text that shares most with the wanted words (by pairs of characters)."""
    pairs = _pairs(wanted)
    sentences = [text[start:end].strip() for start, end in sentences_of(text)] or [text.strip()]
    return max(sentences, key=lambda each: len(_pairs(each) & pairs))


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Spans of a text's sentences, without blank ones."""
    spans = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [(start, end) for start, end in spans if text[start:end].strip()]


def _cite(snippet: Snippet, text: str, span: tuple[int, int]) -> Citation:
    return Citation(
        snippet=snippet.id,
        version=snippet.version,
        span=span,
        quote=best_sentence(snippet.text, text[span[0] : span[1]]),
    )


def _sentence_before(text: str, offset: int) -> tuple[int, int]:
    """The sentence that ends at or around the offset; a marker may stand before or after the full stop."""
    end = offset
    while end > 0 and text[end - 1].isspace():
        end -= 1
    body = text[:end].rstrip("。！？!?；;.，,：: \n")
    start = max((match.end() for match in _SENTENCE_END.finditer(body)), default=0)
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _numbers(marker: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", marker))


def _pairs(text: str) -> set[str]:
    letters = "".join(text.split()).lower()
    return {letters[i : i + 2] for i in range(len(letters) - 1)}

"""A text read for everything in it that binds: figures, rights, promised actions."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from prompts.words import Words, clause
from service.ledger.calendar import clocks, dates
from service.ledger.figures import Figure, ages, counts, durations, many, moneys, percentages, specs
from service.ledger.mention import SENTENCE_END, Mention

TIMES = {"duration"}
ANCHOR = "anchor"
"""What a period counts from (签收后, after we receive it) is not what it is about."""
LIST_MARK = "、"
THRESHOLD_BEFORE = 6
THRESHOLD_AFTER = 6
"""How far around an amount the words stand that make it a threshold."""
WORD = re.compile(r"[a-z]{3,}|[a-z]*\d[a-z\d.]*[\u4e00-\u9fff]?")
Topics = list[tuple[int, int, str]]


def read(text: str, words: Words, today: date) -> tuple[Mention, ...]:
    """All mentions of a folded text, in order."""
    topics = words.scan("topic", text)
    figures = sorted(_without_overlaps(_figures(text, words, today)), key=lambda figure: figure.span)
    return tuple(_mention(figure, text, words, topics, figures) for figure in figures)


def _figures(text: str, words: Words, today: date) -> Iterator[Figure]:
    """Kinds in order of trust: where two readings overlap, the earlier kind wins."""
    if not _may_have_figures(text, words):
        return
    yield from dates(text, words, today)
    readers: tuple[Callable[[str, Words], Iterator[Figure]], ...] = (
        percentages,
        ages,
        durations,
        moneys,
        clocks,
        specs,
        many,
        counts,
    )
    for reader in readers:
        yield from reader(text, words)


def _may_have_figures(text: str, words: Words) -> bool:
    return words.find("figure_signs", text)


def _without_overlaps(figures: Iterable[Figure]) -> list[Figure]:
    kept: list[Figure] = []
    for figure in figures:
        if all(figure.span[1] <= other.span[0] or other.span[1] <= figure.span[0] for other in kept):
            kept.append(figure)
    return kept


def _mention(figure: Figure, text: str, words: Words, topics: Topics, figures: Sequence[Figure]) -> Mention:
    start, end = figure.span
    left, right = clause(text, start, end)
    near, vague = _near(topics, text, (start, end), words)
    before, after, inside = text[left:start], text[end:right], text[left:right]
    return Mention(
        kind=figure.kind,
        span=figure.span,
        low=figure.low,
        high=figure.high,
        unit=figure.unit,
        clause=(left, right),
        head=_head(near, start, end),
        topics=frozenset(name for _, _, found in near for name in found.split("_and_")),
        pieces=_pieces(text, figure.span, _own_part(figure, text, (left, right), figures)),
        places=_places(text[slice(*_own_part(figure, text, (left, right), figures))], words),
        context=_pieces(text, (left, right), clause(text, start, end, stops=SENTENCE_END)),
        wide=_wide(topics, clause(text, start, end, stops=SENTENCE_END)),
        vague=vague,
        withheld=words.find("excludes", before),
        denied=words.find("denied_figure", before) or words.find("denied_after", after),
        asked=words.find("wonders", text[left : right + 1])
        or words.find("restated", before)
        or words.find("superseded", inside)
        or words.find("example", text[clause(text, start, end, stops=SENTENCE_END)[0] : start]),
        elapsed=figure.kind in TIMES and words.find("elapsed", inside) and not words.find("extends", inside),
        earliest=figure.kind == "duration" and words.find("at_the_earliest", inside),
        echo=words.find("echo", inside) and not _agreed(text, figure.span, words),
        threshold=figure.kind == "money"
        and words.find(
            "threshold", text[max(left, start - THRESHOLD_BEFORE) : min(right, end + THRESHOLD_AFTER)]
        ),
    )


def _agreed(text: str, figure: tuple[int, int], words: Words) -> bool:
    """Whether what the customer asked for is granted in the same breath: 您要求的500元我们同意."""
    left, right = clause(text, *figure, stops=SENTENCE_END)
    return words.find("agrees", text[left:right])


def _near(topics: Topics, text: str, figure: tuple[int, int], words: Words) -> tuple[Topics, bool]:
    """The topics of the figure's clause, or (vague) of its sentence; starting points come last."""
    left, right = clause(text, *figure)
    inside = [topic for topic in topics if left <= topic[0] < right and topic[2] != ANCHOR]
    matters = [topic for topic in inside if not _counts_from(topic, text, figure, words)]
    if matters:
        return matters, False
    left, right = clause(text, *figure, stops=SENTENCE_END)
    around = [
        topic for topic in topics if left <= topic[0] < right and topic[2] != ANCHOR and topic not in inside
    ]
    return around or inside, True


def _counts_from(topic: tuple[int, int, str], text: str, figure: tuple[int, int], words: Words) -> bool:
    """Whether a topic only says what a period starts with: 照片发我后24小时, 2 days after your photo."""
    if topic[1] <= figure[0]:
        return words.find("starts_after", text[topic[1] : figure[0]])
    return topic[0] >= figure[1] and words.find("starts_from", text[figure[1] : topic[0]])


def _head(topics: Topics, start: int, end: int) -> str:
    """The topic nearest to the figure; one that follows counts as nearer, as Chinese puts it."""

    def distance(topic: tuple[int, int, str]) -> float:
        if topic[0] >= end:
            return topic[0] - end
        return (start - topic[1]) * 1.5 + 3 if topic[1] <= start else 0

    return min(topics, key=distance)[2] if topics else ""


def _own_part(
    figure: Figure, text: str, around: tuple[int, int], figures: Sequence[Figure]
) -> tuple[int, int]:
    """The part of a clause that speaks of this figure, not of its neighbours: 华东1-2天|其他地区3-5天."""
    left, right = around
    left = max(left, text.rfind(LIST_MARK, left, figure.span[0]) + 1)
    right = next((at for at in [text.find(LIST_MARK, figure.span[1], right)] if at >= 0), right)
    for other in figures:
        if other.kind == figure.kind and other.span != figure.span:
            if left < other.span[1] <= figure.span[0]:
                left = other.span[1]
            if figure.span[1] <= other.span[0] < right:
                right = other.span[0]
    return left, right


def _pieces(text: str, figure: tuple[int, int], around: tuple[int, int]) -> frozenset[str]:
    """What stands beside a figure: pairs of Chinese characters, Latin words, other numbers (42码)."""
    beside = (text[around[0] : figure[0]], text[figure[1] : around[1]])
    pairs = (
        part[i : i + 2] for part in beside for i in range(len(part) - 1) if part[i] > "\u2e7f" < part[i + 1]
    )
    return frozenset(pairs) | {word for part in beside for word in WORD.findall(part)}


def _places(part: str, words: Words) -> frozenset[str]:
    """The provinces that a stretch of text names, regions and cities read as theirs."""
    regions = words.tables["regions"]
    named = (part[start:end] for start, end in words.spans("region", part))
    return frozenset(province for name in named for province in regions.get(name, name).split())


def _wide(topics: Topics, around: tuple[int, int]) -> frozenset[str]:
    inside = (found for start, _, found in topics if around[0] <= start < around[1] and found != ANCHOR)
    return frozenset(name for found in inside for name in found.split("_and_"))

"""A text read for everything in it that binds: figures, rights, promised actions."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from prompts.rulepack import Words, clause
from service.ledger.calendar import clocks, dates
from service.ledger.figures import Figure, counts, durations, moneys, percentages, specs
from service.ledger.mention import SENTENCE_END, Mention

TIMES = {"duration"}
ANCHOR = "anchor"
"""What a period counts from (签收后, after we receive it) is not what it is about."""
THRESHOLD_BEFORE = 6
THRESHOLD_AFTER = 6
"""How far around an amount the words stand that make it a threshold."""
Topics = list[tuple[int, int, str]]


def read(text: str, words: Words, today: date) -> tuple[Mention, ...]:
    """All mentions of a folded text, in order."""
    topics = words.scan("topic", text)
    figures = _without_overlaps(_figures(text, words, today))
    return tuple(
        _mention(figure, text, words, topics) for figure in sorted(figures, key=lambda figure: figure.span)
    )


def _figures(text: str, words: Words, today: date) -> Iterator[Figure]:
    """Kinds in order of trust: where two readings overlap, the earlier kind wins."""
    if not _may_have_figures(text, words):
        return
    yield from dates(text, words, today)
    readers: tuple[Callable[[str, Words], Iterator[Figure]], ...] = (
        percentages,
        durations,
        moneys,
        clocks,
        specs,
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


def _mention(figure: Figure, text: str, words: Words, topics: Topics) -> Mention:
    start, end = figure.span
    left, right = clause(text, start, end)
    near, vague = _near(topics, text, (start, end), words)
    before, inside = text[left:start], text[left:right]
    return Mention(
        kind=figure.kind,
        span=figure.span,
        low=figure.low,
        high=figure.high,
        unit=figure.unit,
        clause=(left, right),
        head=_head(near, start, end),
        topics=frozenset(name for _, _, found in near for name in found.split("_and_")),
        pieces=_pieces(text, figure.span, (left, right)),
        vague=vague,
        denied=words.find("denied_figure", before),
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


def _pieces(text: str, figure: tuple[int, int], around: tuple[int, int]) -> frozenset[str]:
    beside = (text[around[0] : figure[0]], text[figure[1] : around[1]])
    return frozenset(
        part[i : i + 2] for part in beside for i in range(len(part) - 1) if part[i] > "\u2e7f" < part[i + 1]
    )

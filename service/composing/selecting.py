"""The policy sentences that may answer an issue, best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prompts.playbook import Playbook
from retrieval.snippet import Hit
from service.analysis import Issue
from service.composing.cells import cells
from service.composing.goods import names_column
from service.composing.rewording import Reworder
from service.composing.weighing import Known, Weigher, weigh
from service.composing.wording import has_chinese
from service.facts.reading import rules
from service.facts.rule import Rule
from service.facts.sentence import Sentence, sentences

FLOOR = -2.6
"""Least score of a sentence that is taken for an answer: about one in fourteen of these is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may answer, and how well."""

    sentence: Sentence
    hit: Hit
    score: float
    """Log odds that it answers."""
    rules: tuple[Rule, ...]
    cell: bool = False
    """It is a cell of the catalogue."""
    to_the_point: bool = True
    """Whether it shares a word with the question, a term with the playbook, or a topic with both."""

    @property
    def key(self) -> tuple[str, int]:
        """Snippet and position."""
        return self.sentence.snippet, self.sentence.position


def candidates(
    issue: Issue,
    *,
    query: int,
    hits: Sequence[Hit],
    playbook: Playbook,
    known: Known,
    reworder: Reworder,
    language: str,
) -> tuple[Candidate, ...]:
    """The sentences that may be told to the customer, best first; in English the Chinese ones as well."""
    weigher = Weigher(
        issue.text,
        query=query,
        playbook=playbook,
        known=known,
        hits=hits,
        reworder=reworder,
        language=language,
    )
    found: list[Candidate] = []
    for hit, rank in _ranked(hits):
        if reworder.internal(hit.snippet.heading):
            continue
        if hit.snippet.kind == "product":
            found += _of_product(hit, rank, weigher, known, issue.text)
        else:
            found += _of_policy(hit, rank, weigher, reworder, language)
    return tuple(sorted(found, key=lambda each: (-each.score, each.key)))


def _of_policy(
    hit: Hit, rank: int, weigher: Weigher, reworder: Reworder, language: str
) -> Iterator[Candidate]:
    read = rules(hit.snippet)
    rows = tuple(each.row for each in sentences(hit.snippet) if each.row)
    for sentence in sentences(hit.snippet):
        if (language == "zh" and not has_chinese(sentence.text)) or not _tellable(sentence, reworder):
            continue
        own = tuple(rule for rule in read if rule.sentence == sentence)
        yield Candidate(
            sentence=sentence,
            hit=hit,
            score=weigh(weigher.traits(sentence, hit, rank, own, rows)),
            rules=own,
            to_the_point=weigher.to_the_point(sentence, hit, own),
        )


def _tellable(sentence: Sentence, reworder: Reworder) -> bool:
    """Whether it states something, and to customers: no question of a FAQ, no note for staff."""
    return not sentence.text.rstrip().endswith(("？", "?")) and not reworder.internal(sentence.text)


def _of_product(hit: Hit, rank: int, weigher: Weigher, known: Known, question: str) -> Iterator[Candidate]:
    if not known.products & set(hit.snippet.applies_to):
        return
    for cell in cells(hit.snippet):
        traits = weigher.cell_traits(cell, hit, rank, asked=names_column(cell.row, question))
        yield Candidate(sentence=cell, hit=hit, score=weigh(traits), rules=(), cell=True)


def _ranked(hits: Sequence[Hit]) -> Iterator[tuple[Hit, int]]:
    """The policy and product hits, each with its rank among its kind within its own query."""
    ranks: dict[tuple[int, str], int] = {}
    for hit in hits:
        if hit.snippet.kind in {"policy", "product"}:
            claim = (hit.query, hit.snippet.kind)
            rank = ranks.get(claim, 0)
            ranks[claim] = rank + 1
            yield hit, rank

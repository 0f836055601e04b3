"""The policy sentences that may answer an issue, best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prompts.playbook import Playbook
from retrieval.snippet import Hit
from service.analysis import Issue
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
    """The sentences that may be told to the customer, best first."""
    weigher = Weigher(
        issue.text,
        query=query,
        playbook=playbook,
        known=known,
        hits=hits,
        reworder=reworder,
        language=language,
    )
    found = []
    for hit, rank in _ranked(hits):
        read = rules(hit.snippet)
        rows = tuple(each.row for each in sentences(hit.snippet) if each.row)
        for sentence in sentences(hit.snippet):
            if has_chinese(sentence.text) != (language == "zh") or reworder.internal(sentence.text):
                continue
            own = tuple(rule for rule in read if rule.sentence == sentence)
            found.append(
                Candidate(
                    sentence=sentence,
                    hit=hit,
                    score=weigh(weigher.traits(sentence, hit, rank, own, rows)),
                    rules=own,
                    to_the_point=weigher.to_the_point(sentence, hit, own),
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.score, each.key)))


def _ranked(hits: Sequence[Hit]) -> Iterator[tuple[Hit, int]]:
    """The policy hits, each with its rank within its own query."""
    ranks: dict[int, int] = {}
    for hit in hits:
        if hit.snippet.kind == "policy":
            rank = ranks.get(hit.query, 0)
            ranks[hit.query] = rank + 1
            yield hit, rank

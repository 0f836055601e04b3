"""Ablations: the same scenarios drafted with no knowledge, the right knowledge, or what the search finds.

A scenario that fails with the search and not with the right sections is retrieval's; one that is good with
nothing and bad with the right policy is the policy's; one that fails with the right sections is the writer's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eval.errors import EvalError
from eval.pairing import pair
from eval.run import Run
from eval.scenario import Scenario
from eval.summary import HEADLINE
from retrieval.query import Query
from retrieval.snippet import Hit
from service.ticket import Ticket

Given = Literal["none", "golden", "real"]
Culprit = Literal["retrieval", "policy", "writer"]


def read_given(word: str) -> Given:
    """The arm of that name. Raises EvalError."""
    if word not in ("none", "golden", "real"):
        raise EvalError(f"knowledge {word!r}: expected real, golden or none")
    return word  # type: ignore[return-value]


class GivenKnowledge:
    """A shop's knowledge in which every search finds these hits."""

    def __init__(self, knowledge: Any, hits: Sequence[Hit]) -> None:
        self._knowledge, self._hits = knowledge, list(hits)

    def search(self, queries: Sequence[Query], *, k: int = 8) -> list[Hit]:  # noqa: ARG002
        """The given hits, whatever is asked."""
        return self._hits[:k]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._knowledge, name)


@dataclass(frozen=True, slots=True)
class Ablation:
    """Gives each ticket the knowledge of one arm."""

    given: Given
    scenarios: Mapping[str, Scenario]

    def __call__(self, ticket: Ticket, knowledge: Any) -> Any:
        """The knowledge its writer gets."""
        if self.given == "real":
            return knowledge
        hits = golden_hits(self.scenarios[ticket.id], knowledge) if self.given == "golden" else []
        return GivenKnowledge(knowledge, hits)


def golden_hits(scenario: Scenario, shelf: Any) -> list[Hit]:
    """The sections that the scenario says the right answer rests on, as valid on its day."""
    assert scenario.now is not None
    order = scenario.order or shelf.orders.get(scenario.order_id or "")
    days = [one.date() for one in (order.paid_at if order else None, scenario.now) if one]
    found: dict[str, Hit] = {}
    for wanted in scenario.expect.evidence:
        versions = shelf.snippets(wanted) or shelf.snippets(f"{wanted}#specs") or shelf.of_document(wanted)
        valid = [one for one in versions if any(one.in_force(day) for day in days)]
        for snippet in valid:
            found.setdefault(snippet.key, Hit(snippet=snippet, score=1.0, why="golden"))
    return list(found.values())


def blame(real: Run, golden: Run, none: Run | None = None) -> dict[str, Culprit]:
    """Scenario that is not good in the real run → whose failure it is. Raises NotComparable."""
    means = [pair(real, other).means_b.get(HEADLINE, {}) for other in (golden, none) if other]
    before = pair(real, golden).means_a.get(HEADLINE, {})
    blank = means[1] if len(means) > 1 else {}
    found: dict[str, Culprit] = {}
    for scenario, value in sorted(before.items()):
        if value < 1 and scenario in means[0]:
            if means[0][scenario] == 1:
                found[scenario] = "retrieval"
            else:
                found[scenario] = "policy" if blank.get(scenario) == 1 else "writer"
    return found

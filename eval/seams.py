"""What a run needs from outside: someone who drafts, someone who examines, someone who knows the shop."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eval.metrics.score import Score
from eval.scenario import Scenario
from eval.unit import Unit
from retrieval.order import Order
from retrieval.shop import Shop
from retrieval.snippet import Snippet
from service.draft import Commitment, Draft, Finding
from service.ticket import Ticket


class Writer(Protocol):
    """Whoever drafts."""

    async def draft(self, ticket: Ticket) -> Draft:
        """The finished draft. Raises ServiceError."""
        ...


class Examined(Protocol):
    """What an examination says."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found in the text."""
        ...

    @property
    def commitments(self) -> tuple[Commitment, ...]:
        """The ledger."""
        ...


class Examiner(Protocol):
    """Whoever checks any text against a ticket."""

    def examine(self, text: str, ticket: Ticket, *, snippets: Sequence[Snippet] | None = None) -> Examined:
        """Findings and ledger of the text; `snippets` given: they are the only sources."""
        ...


class Shelf(Protocol):
    """What is known of a shop (`retrieval.knowledge.Knowledge`)."""

    @property
    def shop(self) -> Shop:
        """Voice, limits, service levels."""
        ...

    @property
    def orders(self) -> Mapping[str, Order]:
        """Orders by id."""
        ...

    @property
    def generation(self) -> str:
        """Which knowledge this is: `demo/000003`."""
        ...

    def snippets(self, id: str) -> tuple[Snippet, ...]:
        """All versions of a snippet."""
        ...


class Jury(Protocol):
    """Whoever is asked what no machine can tell (`eval.judging.jury`)."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Ids of the scores it gives."""
        ...

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What its verdicts depend on."""
        ...

    async def scores(self, unit: Unit, scenario: Scenario) -> tuple[Score, ...]:
        """One score per metric; without a draft every one is missing."""
        ...

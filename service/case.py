"""A case: a ticket with all that is known about it. Composer, prompt and checks read the same one."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from retrieval.product import Product
from retrieval.shop import Shop
from retrieval.snippet import Hit, Snippet
from service.analysis import Analysis, Fact
from service.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a writer may use and a checker must hold against."""

    ticket: Ticket
    analysis: Analysis
    shop: Shop
    hits: tuple[Hit, ...] = ()
    """Best first; only snippets in force at their decisive date."""
    facts: tuple[Fact, ...] = ()
    products: tuple[Product, ...] = ()
    """Those the analysis names, in its order."""
    role: str = "agent"
    """Whose authority limits hold (`shop.authority`)."""

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """The snippets of the hits, best first."""
        return tuple(hit.snippet for hit in self.hits)

    def fact(self, key: str) -> Fact | None:
        """The computed fact of that name."""
        return next((fact for fact in self.facts if fact.key == key), None)

    @property
    def now(self) -> datetime:
        """The ticket's clock in the shop's time zone."""
        return self.ticket.now.astimezone(ZoneInfo(self.shop.timezone))

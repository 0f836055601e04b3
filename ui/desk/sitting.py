"""What one agent has on the desk: the waiting conversations and the work done on each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from retrieval.order import Order
from retrieval.snippet import Hit
from service.analysis import Fact
from service.draft import Draft
from service.ticket import Ticket

MAX_PASTED = 50
"""Pasted conversations one browser keeps; the oldest go first."""


@dataclass(slots=True)
class Work:
    """One conversation and what was made for it."""

    ticket: Ticket
    pasted: bool = False
    draft: Draft | None = None
    """The draft the agent's text started from."""
    offered: Draft | None = None
    """A model's draft that came while the agent was already typing."""
    ways: tuple[Draft, ...] = ()
    """Drafts that decide otherwise."""
    hits: tuple[Hit, ...] = ()
    facts: tuple[Fact, ...] = ()
    text: str = ""
    """What the agent's editor holds, as far as it was told."""
    typed: bool = False
    """Whether the agent has changed the text: no stream may overwrite it then."""
    steer: str = ""
    stale: bool = False
    """Whether the customer wrote again after the draft."""
    outcome: str = ""

    @property
    def waited_since(self) -> datetime | None:
        """When the customer's unanswered burst ended; None if nobody waits."""
        turns = self.ticket.conversation
        waits = bool(turns) and turns[-1].role == "customer" and self.ticket.trigger is None
        return turns[-1].at if waits else None


@dataclass(slots=True)
class Sitting:
    """One agent's session at the desk; its parts change as the agent works."""

    works: dict[str, Work] = field(default_factory=dict)
    current: str = ""
    shop: str = ""
    """The shop that pasted conversations belong to."""
    run: int = 0
    """Number of the newest drafting: an older one that still streams gives up."""
    began: float = field(default_factory=monotonic)

    @property
    def work(self) -> Work | None:
        """The conversation on the desk."""
        return self.works.get(self.current)

    def add(self, tickets: Iterable[Ticket], *, pasted: bool = False) -> None:
        """Put conversations into the queue."""
        for ticket in tickets:
            self.works.setdefault(ticket.id, Work(ticket=ticket, pasted=pasted))

    def clock(self, work: Work) -> datetime:
        """What time it is for a ticket: its own clock, which ran on since the page opened."""
        return work.ticket.now + timedelta(seconds=monotonic() - self.began)

    def waited_s(self, work: Work) -> float | None:
        """Seconds the customer has waited: on the ticket's own clock, which ran on since the page opened."""
        since = work.waited_since
        if since is None:
            return None
        return (work.ticket.now - since).total_seconds() + monotonic() - self.began

    def queue(self) -> list[Work]:
        """The open conversations, who waited longest first; outreach, for which nobody waits, last."""
        waiting = [work for work in self.works.values() if not work.outcome]
        return sorted(waiting, key=lambda work: -(self.waited_s(work) or -1.0))

    def next_after(self, ticket: str) -> str:
        """Whom to turn to when this conversation is done."""
        order = [work.ticket.id for work in self.queue()]
        if ticket in order:
            at = order.index(ticket)
            order = order[at + 1 :] + order[:at]
        return order[0] if order else ""

    def begin(self) -> int:
        """The number of a new drafting; every older one is told to stop by it."""
        self.run += 1
        return self.run


def order_line(order: Order) -> str:
    """An order in one line, to be searched in: number, customer, goods."""
    goods = " + ".join(item.name or item.product_id or "" for item in order.items)
    name = order.customer.nickname if order.customer else None
    return " · ".join(part for part in (order.order_id, name, goods) if part)

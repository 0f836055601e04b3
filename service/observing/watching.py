"""One draft as seen from outside: which event came when, and how it ended."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from time import time_ns
from typing import Literal

from service.draft import Draft
from service.errors import ModelError
from service.event import Done, Event
from service.ticket import Ticket

Ending = Literal["done", "abandoned", "refused", "failed"]
"""`abandoned`: whoever asked went away; `refused`: the service was full; `failed`: see `problem`."""


@dataclass(slots=True, kw_only=True)
class Observation:
    """What there is to say about one draft; nothing of it is a customer's."""

    shop: str
    began_ns: int
    ended_ns: int = 0
    came_ns: dict[str, int] = field(default_factory=dict)
    """Name of an event's type → when the first of it came."""
    ending: Ending = "abandoned"
    problem: str = ""
    """The type of the error that ended it."""
    draft: Draft | None = None


Observer = Callable[[Observation], None]


async def watched(
    events: AsyncGenerator[Event, None], ticket: Ticket, observers: Sequence[Observer]
) -> AsyncGenerator[Event, None]:
    """The events, unchanged; the observers are told when the last one is over."""
    seen = Observation(shop=ticket.shop or "", began_ns=time_ns())
    try:
        async with aclosing(events):
            async for event in events:
                seen.came_ns.setdefault(type(event).__name__, time_ns())
                if isinstance(event, Done):
                    seen.draft, seen.ending = event.draft, "done"
                yield event
    except Exception as error:
        full = isinstance(error, ModelError) and error.kind in ("overloaded", "stopping")
        seen.ending, seen.problem = ("refused" if full else "failed"), type(error).__name__
        raise
    finally:
        seen.ended_ns = time_ns()
        for observer in observers:
            observer(seen)

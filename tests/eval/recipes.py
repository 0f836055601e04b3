"""A recipe that workers of a cluster can open: the tiny shop with a writer that takes its time."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from eval.drafting import Drafter
from eval.limiting import Limiter
from service.draft import Draft
from service.ticket import Ticket
from tests.eval.parts import TinyShelf, TinyWriter


@dataclass(frozen=True)
class LoggingWriter:
    """Leaves the number of its process in a log for every answer."""

    log: Path

    async def draft(self, ticket: Ticket) -> Draft:
        await asyncio.sleep(0.02)
        with self.log.open("a") as out:
            out.write(f"{os.getpid()} {ticket.id}\n")
        return await TinyWriter().draft(ticket)


@dataclass(frozen=True)
class TinyRecipe:
    """An `eval.adapters.dask_hands.Recipe`."""

    log: Path

    def open(self) -> Drafter:
        return Drafter(writer=LoggingWriter(self.log), shelf=TinyShelf(), limiter=Limiter(most=2))

"""A run that takes its time, to be killed by tests: `python -m tests.eval.slow_run SUITE OUT LOG`."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from eval.running import run
from service.draft import Draft
from service.ticket import Ticket
from tests.eval.parts import TinyShelf, TinyWriter


@dataclass(frozen=True)
class SlowWriter:
    """Waits, answers, and leaves a line in the log for every answer given."""

    log: Path

    async def draft(self, ticket: Ticket) -> Draft:
        await asyncio.sleep(0.02)
        with self.log.open("a") as out:
            out.write(ticket.id + "\n")
        return await TinyWriter().draft(ticket)


if __name__ == "__main__":
    suite, out, log = (Path(one) for one in sys.argv[1:4])
    asyncio.run(
        run(
            suite,
            writer=SlowWriter(log),
            shop=TinyShelf(),
            out=out,
            concurrency=4,
            name="run",
            allow_drift=True,
        )
    )

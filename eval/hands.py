"""Hands: whoever does a run's jobs, this process or a cluster (`eval.adapters.dask_hands`)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.drafting import Drafter, Job
from eval.unit import Unit

Deliver = Callable[[Job, Unit], Awaitable[None]]


class Hands(Protocol):
    """Whoever does the jobs: this process, or a cluster."""

    async def work(self, jobs: Sequence[Job], deliver: Deliver) -> None:
        """Does every job and delivers its unit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHands:
    """So many jobs at once on this process's loop."""

    drafter: Drafter
    concurrency: int

    async def work(self, jobs: Sequence[Job], deliver: Deliver) -> None:
        """Does every job and delivers its unit."""
        queue = iter(jobs)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(jobs))):
                group.create_task(self._work(queue, deliver))

    async def _work(self, queue: Iterator[Job], deliver: Deliver) -> None:
        for job in queue:
            await deliver(job, job.unit or await self.drafter.unit(job))
            await asyncio.sleep(0)

"""A run's jobs on a Dask cluster: on this machine, or wherever its scheduler is.

A worker that dies takes its unfinished chunks with it; the scheduler gives them to another. Answers come back
here, and only here are they written.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eval.drafting import Drafter, Job
from eval.errors import EvalError
from eval.hands import Deliver
from eval.scenario import Scenario
from eval.unit import Unit

CHUNK = 8
"""Jobs per task: what a dying worker loses at most, per thread."""
_mine = threading.local()


class Recipe(Protocol):
    """Makes a drafter in another process; must pickle."""

    def open(self) -> Drafter:
        """The drafter."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DaskHands:
    """`eval.running.Hands` on a cluster."""

    recipe: Recipe
    workers: int = 2
    scheduler: str | None = None
    """Address of a running scheduler; None: a cluster of worker processes is started here and ended."""

    async def work(self, jobs: Sequence[Job], deliver: Deliver) -> None:
        """Does every job and delivers its unit. Raises EvalError without Dask."""
        for job in jobs:
            if job.unit:
                await deliver(job, job.unit)
        todo = [job for job in jobs if job.unit is None]
        if not todo:
            return
        distributed = _distributed()
        if self.scheduler:
            await self._on(self.scheduler, todo, deliver)
            return
        async with distributed.LocalCluster(
            n_workers=self.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            asynchronous=True,
        ) as cluster:
            await self._on(cluster, todo, deliver)

    async def _on(self, where: Any, jobs: Sequence[Job], deliver: Deliver) -> None:
        distributed = _distributed()
        async with distributed.Client(where, asynchronous=True) as client:
            chunks = [jobs[at : at + CHUNK] for at in range(0, len(jobs), CHUNK)]
            futures = {
                client.submit(
                    draft_chunk, self.recipe, [(job.scenario, job.repeat) for job in chunk], pure=False
                ): chunk
                for chunk in chunks
            }
            async for future, units in distributed.as_completed(list(futures), with_results=True):
                for job, unit in zip(futures.pop(future), units, strict=True):
                    await deliver(job, unit)


def draft_chunk(recipe: Recipe, jobs: Sequence[tuple[Scenario, int]]) -> list[Unit]:
    """The units of some jobs, made on a worker."""
    if not hasattr(_mine, "runner"):
        _mine.runner, _mine.drafter = asyncio.Runner(), recipe.open()
    drafter: Drafter = _mine.drafter

    async def all_of_them() -> list[Unit]:
        asked = (drafter.unit(Job(scenario=scenario, repeat=repeat)) for scenario, repeat in jobs)
        return list(await asyncio.gather(*asked))

    units: list[Unit] = _mine.runner.run(all_of_them())
    return units


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise EvalError("--on dask: Dask is not installed; pip install 'warmline[dask]'") from error
    return distributed

"""A run on a real local cluster of two worker processes, one of which is killed on the way."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.dask_hands import DaskHands
from eval.run import Run
from eval.running import run
from tests.eval.parts import TinyShelf, TinyWriter
from tests.eval.recipes import TinyRecipe
from tests.eval.test_killing import bulk_suite

pytest.importorskip("distributed", reason="pip install 'warmline[dask]'")
pytestmark = pytest.mark.filterwarnings("ignore")
COUNT = 320


async def on_cluster(tmp_path: Path, *, kill: bool) -> tuple[Run, list[str]]:
    from distributed import LocalCluster

    log = tmp_path / "log"
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    async with LocalCluster(dashboard_address=None, asynchronous=True, **options) as cluster:
        hands = DaskHands(recipe=TinyRecipe(log), scheduler=cluster.scheduler_address)
        working = asyncio.create_task(
            run(
                bulk_suite(tmp_path, COUNT),
                writer=TinyWriter(),
                shop=TinyShelf(),
                out=tmp_path / "runs",
                name="cluster",
                hands=hands,
            )
        )
        if kill:
            while len(pids(log)) < 2:
                await asyncio.sleep(0.02)
            os.kill(int(pids(log).pop()), signal.SIGKILL)
        finished = await working
    return finished, log.read_text().splitlines()


def pids(log: Path) -> set[str]:
    lines = log.read_text().splitlines() if log.exists() else []
    return {line.partition(" ")[0] for line in lines}


async def test_a_worker_that_is_killed_costs_its_chunk_and_nothing_else(tmp_path: Path) -> None:
    finished, log = await on_cluster(tmp_path, kill=True)
    assert finished.complete and len(finished.units) == COUNT
    assert len({line.partition(" ")[2] for line in log}) == COUNT
    assert len(log) - COUNT <= 16  # the chunk it had, and the one it was given
    local = await run(
        bulk_suite(tmp_path, COUNT), writer=TinyWriter(), shop=TinyShelf(), out=tmp_path, name="local"
    )
    same = [(run_.path / "summary.json").read_bytes() for run_ in (finished, local)]
    assert same[0] == same[1]

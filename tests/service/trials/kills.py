"""`python -m tests.service.trials.kills [SERVER WRITER STOPS]`: kill -9 and SIGTERM under load (R1, R6, R11).

Every draft that was acknowledged must be there afterwards, once, and its key must still lead to it.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.adapters.sql_store import open_store
from tests.model_server import ModelServer
from tests.service.trials.client import Answer, post, ticket
from tests.service.trials.process import server

AT_ONCE = 8
EXIT_S = 15.0
"""Longest time from SIGTERM to the end of the process (R11)."""


@dataclass
class Count:
    """What became of the drafts over all trials."""

    trials: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    other_under_key: list[str] = field(default_factory=list)
    without_answer: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest_exit_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.trials} trials, {self.acknowledged} drafts acknowledged, {len(self.lost)} lost, "
            f"{len(self.changed)} changed, {len(self.other_under_key)} keys with another draft, "
            f"{self.without_answer} accepted without a whole answer {dict(self.statuses) or ''}, "
            f"slowest end {self.slowest_exit_s:.1f} s"
        )

    @property
    def good(self) -> bool:
        """Whether nothing went wrong that must not."""
        return not (self.lost or self.changed or self.other_under_key)


async def killed(home: Path, model_url: str, trials: int, *, at: random.Random) -> Count:
    """A server that is killed while drafts are under way; the next one must know what it acknowledged."""
    count = Count()
    known: dict[str, dict[str, Any]] = {}
    number = 0
    for trial in range(trials + 1):
        with server(home, base_url=model_url, api_key="k", model="fixed") as (process, port):
            for key, draft in at.sample(sorted(known.items()), min(3, len(known))):
                again = await post(port, ticket(int(key[1:])), key=key)
                if again.status != 200 or again.json()["id"] != draft["id"]:
                    count.other_under_key.append(key)
            if trial == trials:
                break
            asked = [asyncio.create_task(_asking(port, number + i, known)) for i in range(AT_ONCE)]
            number += AT_ONCE
            await asyncio.sleep(at.uniform(0.5, 4.0))
            os.kill(process.pid, signal.SIGKILL)
            await asyncio.gather(*asked)
        count.trials += 1
        await _compare(home, known, count)
    return count


async def _asking(port: int, number: int, known: dict[str, dict[str, Any]]) -> None:
    """Asks one draft after another until the server is gone."""
    for step in range(1_000):
        name = number + 1_000 * step
        answer = await post(port, ticket(name), key=f"k{name}")
        if answer.status != 200:
            return
        known[f"k{name}"] = answer.json()


async def _compare(home: Path, known: Mapping[str, dict[str, Any]], count: Count) -> None:
    store = open_store(f"sqlite:///{home / 'warmline.db'}")
    count.acknowledged = len(known)
    for key, draft in known.items():
        kept = await store.draft(draft["id"])
        if kept is None:
            count.lost.append(key)
        elif kept.draft != draft:
            count.changed.append(key)
    await store.close()


async def stopped(home: Path, model_url: str, trials: int, *, at: random.Random) -> Count:
    """A server that is told to stop under load: who was let in gets a whole answer, and it is stored."""
    count = Count()
    known: dict[str, dict[str, Any]] = {}
    slow = "fixed?between_s=0.02"
    for trial in range(trials):
        with server(home, base_url=model_url, api_key="k", model=slow, drain_s=4) as (process, port):
            asked = [asyncio.create_task(post(port, ticket(i), key=f"s{trial}-{i}")) for i in range(AT_ONCE)]
            await asyncio.sleep(at.uniform(0.1, 2.5))
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            answers: list[Answer] = await asyncio.gather(*asked)
            await asyncio.to_thread(process.wait, EXIT_S)
            count.slowest_exit_s = max(count.slowest_exit_s, time.monotonic() - began)
        count.trials += 1
        count.without_answer += sum(each.status == 0 for each in answers)
        count.statuses.update(each.status for each in answers)
        known |= {f"s{trial}-{i}": each.json() for i, each in enumerate(answers) if each.status == 200}
        await _compare(home, known, count)
    return count


async def writer_killed(folder: Path, trials: int) -> Count:
    """A process that writes drafts and is killed in between (R1)."""
    count = Count()
    for trial in range(trials):
        path = folder / f"{trial % 4}.db"
        with subprocess.Popen(
            [sys.executable, "-m", "tests.service.store_writer", str(path), f"{trial}-"],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout
            said = [writer.stdout.readline().strip() for _ in range(1 + trial % 40)]
            writer.kill()
            said += [line.strip() for line in writer.stdout if line.endswith("\n")]
        store = open_store(f"sqlite:///{path}")
        count.lost += [name for name in said if await store.draft(name) is None]
        count.acknowledged += len(said)
        count.trials += 1
        await store.close()
    return count


async def main(servers: int, writers: int, stops: int) -> bool:
    """All three, with their counts."""
    good = True
    with tempfile.TemporaryDirectory() as folder, ModelServer(keep_requests=False) as model:
        root = Path(folder)
        for name, trial in (
            ("server killed under load", killed(_made(root / "k"), model.url, servers, at=random.Random(6))),
            (
                "server told to stop under load",
                stopped(_made(root / "s"), model.url, stops, at=random.Random(7)),
            ),
            ("writer killed", writer_killed(_made(root / "w"), writers)),
        ):
            count = await trial
            good = good and count.good and not count.without_answer
            sys.stdout.write(f"{name}: {count}\n")
            sys.stdout.flush()
    return good


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    counts = [int(each) for each in sys.argv[1:]] or [50, 300, 50]
    sys.exit(0 if asyncio.run(main(*counts)) else 1)

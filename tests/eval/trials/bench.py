"""`make bench-eval`: what the harness costs over the raw openai client, as ratios of one run.

The server stands in a process of its own and takes 200 ms per call. Times depend on the machine; ratios,
counts and megabytes hardly do.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.eval.trials.parts import bulk_suite, messages, two_calls_each

SCENARIOS, CONCURRENCY, WAIT_S, ROUNDS = 2_000, 50, 0.2, 2
MANY = 10_000


async def raw(url: str, suite: Path) -> None:
    """The same number of calls by the openai library alone."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="k", max_retries=0)
    questions = [json.loads(line)["conversation"][0]["text"] for line in suite.read_text().splitlines()]
    todo = iter([(model, one) for one in questions for model in ("fixed", "polite")])

    async def work() -> None:
        for model, question in todo:
            sent: Any = [{"role": each.role, "content": each.text} for each in messages(question)]
            answer = await client.chat.completions.create(
                model=f"{model}?first_token_s={WAIT_S}", messages=sent, temperature=0.3
            )
            assert answer.choices[0].finish_reason == "stop"

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    await client.close()


def measured(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    asyncio.run(_awaited(work))
    return time.process_time() - cpu, time.perf_counter() - wall


async def _awaited(work: Callable[[], Awaitable[Any]]) -> None:
    await work()


def child(folder: Path, url: str, count: int, cache: str) -> dict[str, Any]:
    """A run in a fresh process: its CPU seconds, imports and all, and its peak memory."""
    command = [sys.executable, "-m", "tests.eval.trials.bench", "child", str(folder), url, str(count), cache]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def as_child(folder: Path, url: str, count: int, cache: str) -> None:
    """What `child` starts."""
    suite = bulk_suite(folder / f"bulk{count}.jsonl", count)
    kept = folder / cache if cache != "-" else None
    out = Path(tempfile.mkdtemp(dir=folder))
    finished = asyncio.run(two_calls_each(suite, out, url, wait_s=0, concurrency=CONCURRENCY, cache=kept))
    used = resource.getrusage(resource.RUSAGE_SELF)
    hits = sum(unit.cache_hit for unit in finished.units)
    told = {
        "cpu": used.ru_utime + used.ru_stime,
        "mb": used.ru_maxrss / 1024,
        "hits": hits,
        "complete": finished.complete,
    }
    sys.stdout.write(json.dumps(told))


def main(url: str) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        suite, calls = bulk_suite(folder / "bulk.jsonl", SCENARIOS), 2 * SCENARIOS
        theirs, ours = [], []
        for number in range(ROUNDS):
            theirs.append(measured(lambda: raw(url, suite)))
            out = folder / str(number)
            ours.append(
                measured(
                    lambda out=out: two_calls_each(  # type: ignore[misc]
                        suite, out, url, wait_s=WAIT_S, concurrency=CONCURRENCY, cache=out.with_suffix(".db")
                    )
                )
            )
        cpu = [min(one[0] for one in each) * 1000 / calls for each in (theirs, ours)]
        wall = [min(one[1] for one in each) for each in (theirs, ours)]
        say(f"{SCENARIOS} scenarios × 2 calls, {CONCURRENCY} at once, {WAIT_S:g} s each, best of {ROUNDS}")
        say(
            f"CPU per call: raw openai {cpu[0]:.2f} ms, Warmline {cpu[1]:.2f} ms, ratio {cpu[1] / cpu[0]:.2f}"
        )
        ideal = calls / CONCURRENCY * WAIT_S
        say(
            f"wall: raw openai {wall[0]:.1f} s ({wall[0] / ideal:.2f} × ideal), Warmline {wall[1]:.1f} s "
            f"({wall[1] / ideal:.2f} × ideal), ratio {wall[1] / wall[0]:.2f}"
        )
        first, again = (child(folder, url, SCENARIOS, "answers.db") for _ in range(2))
        say(
            f"first run, no waiting: {first['cpu']:.2f} s CPU; every answer kept, new folder: "
            f"{again['cpu']:.2f} s CPU, {again['hits']} of {SCENARIOS} drafts from the cache"
        )
        many = child(folder, url, MANY, "-")
        say(f"{MANY} scenarios: peak {many['mb']:.0f} MB, {many['cpu']:.1f} s CPU")


def say(line: str) -> None:
    """Prints at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        as_child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.eval.trials.server"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            try:
                main(process.stdout.readline().strip())
            finally:
                process.terminate()

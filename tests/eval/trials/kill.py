"""`python -m tests.eval.trials.kill [TIMES]`: kill -9 at random moments of a run of two calls per scenario.

Counted at the server: answers that were sent again. What was in flight when the process died may be; nothing
else. The summary must be byte for byte that of a run nobody killed.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.eval.trials.parts import bulk_suite, two_calls_each

SCENARIOS, CONCURRENCY, WAIT_S = 400, 16, 0.05


@dataclass(frozen=True)
class Outcome:
    """What came of a run that was killed so often."""

    kills: int
    drafts_again: int
    verdicts_again: int
    same_summary: bool

    @property
    def holds(self) -> bool:
        """Never more again than were in flight."""
        again = self.drafts_again + self.verdicts_again
        return self.same_summary and again <= CONCURRENCY * self.kills


def trial(times: int, *, scenarios: int = SCENARIOS, seed: int = 1) -> Outcome:
    """One run, killed so often, against one that is not."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        suite = bulk_suite(folder / "bulk.jsonl", scenarios)
        with _server(folder / "whole.log") as url:
            _start(suite, folder / "whole", url).wait()
        rng, kills = random.Random(seed), 0
        log = folder / "killed.log"
        with _server(log) as url:
            for _ in range(times):
                process = _start(suite, folder / "killed", url)
                _wait_for_more(log, rng.randint(1, 2 * scenarios // (times + 1)), process)
                kills += process.poll() is None
                process.kill()
                process.wait()
            assert _start(suite, folder / "killed", url).wait() == 0
        counts = Counter(log.read_text().split("\n"))
        counts.pop("", None)
        again = Counter[str]()
        for line, count in counts.items():
            again[line.partition(" ")[0]] += count - 1
        summaries = [(folder / name / "run" / "summary.json").read_bytes() for name in ("whole", "killed")]
        return Outcome(
            kills=kills,
            drafts_again=again["fixed"],
            verdicts_again=again["reading-judge"],
            same_summary=summaries[0] == summaries[1],
        )


def _start(suite: Path, out: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.eval.trials.kill", "child", str(suite), str(out), url]
    return subprocess.Popen(command)


def _wait_for_more(log: Path, lines: int, process: subprocess.Popen[bytes]) -> None:
    def seen() -> int:
        return log.read_bytes().count(b"\n") if log.exists() else 0

    before = seen()
    while seen() < before + lines and process.poll() is None:
        time.sleep(0.002)


@contextmanager
def _server(log: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.eval.trials.server", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        made = two_calls_each(
            Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], wait_s=WAIT_S, concurrency=CONCURRENCY
        )
        asyncio.run(made)
    else:
        found = trial(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
        same = "the same" if found.same_summary else "DIFFERENT"
        sys.stdout.write(
            f"{found.kills} kills, {CONCURRENCY} calls in flight at each: {found.drafts_again} drafts and "
            f"{found.verdicts_again} verdicts asked again; summary {same}\n"
        )
        sys.exit(not found.holds)

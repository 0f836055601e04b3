"""kill -9 in the middle of syncs: nothing lost, nothing mixed, always something that answers.

    python -m tests.retrieval.trials.kill [TRIALS [LONGEST]]      default 300, killed within 4.5 seconds

Every trial writes one number into every file of the shop, starts a sync in a process group of its own,
kills the group after a random time, and opens the knowledge: all snippets carry the old or the new number.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from retrieval.adapters.truth import Truth
from retrieval.generation import ShopHome
from retrieval.knowledge import Knowledge
from retrieval.query import Query
from retrieval.sync import sync

DOCUMENTS = 12
SECTIONS = 6
LONGEST_S = 4.5
"""A whole sync of this shop takes about 3 seconds on an idle machine: kills fall before, in and after it."""
_NUMBER = re.compile(r"第 (\d+) 版")


@dataclass(slots=True)
class Tally:
    """What happened in the trials."""

    trials: int = 0
    killed: int = 0
    old: int = 0
    new: int = 0
    mixed: int = 0
    unanswered: int = 0
    damaged_truth: int = 0
    slowest_open_s: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Trials in which something was lost or mixed."""
        return self.mixed + self.unanswered + self.damaged_truth


def write(folder: Path, number: int) -> None:
    """The shop with one number in every sentence; a document comes and goes."""
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    for place in range(DOCUMENTS):
        sections = "\n".join(
            f"## 第{place}章{part}节 {{#s{part}}}\n"
            f"退换货规则第 {number} 版，{place}{part} 号条款，{part + 3} 天内办理。"
            for part in range(SECTIONS)
        )
        head = f"---\nid: doc{place}\ntitle: 规则{place}\neffective_from: 2026-01-01\n---\n"
        (folder / "policies" / f"doc{place}.md").write_text(head + sections + "\n", encoding="utf-8")
    extra = folder / "policies" / "extra.md"
    if number % 2:
        extra.write_text(f"---\nid: extra\n---\n## 临时 {{#x}}\n临时规则第 {number} 版。\n", encoding="utf-8")
    else:
        extra.unlink(missing_ok=True)


def run(trials: int, spare: Path, *, seed: int = 1, longest_s: float = LONGEST_S) -> Tally:
    """So many trials on one shop."""
    rng, tally = random.Random(seed), Tally()
    shop, home, law = spare / "corner", spare / "home", spare / "none"
    write(shop, 0)
    sync(shop, home, law=law)
    live = 0
    for number in range(1, trials + 1):
        write(shop, number)
        command = [
            sys.executable,
            "-m",
            "tests.retrieval.trials.kill",
            "--sync",
            str(shop),
            str(home),
            str(law),
        ]
        child = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            child.wait(timeout=rng.uniform(0.2, longest_s))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            tally.killed += 1
        live = judge(home, live, number, tally)
        if number % 25 == 0:
            sys.stdout.write(f"{tally}\n")
            sys.stdout.flush()
    assert not sync(shop, home, law=law, force=True).unchanged
    return tally


def judge(home: Path, old: int, new: int, tally: Tally) -> int:
    """Open what is live and look at every snippet; the number it carries."""
    tally.trials += 1
    started = time.perf_counter()
    try:
        knowledge = Knowledge.open(home, "corner")
        found = {int(_NUMBER.findall(s.text)[0]) for s in knowledge.all_in_force(date(2026, 6, 1))}
        hits = knowledge.search([Query(text="退换货规则几天内办理", at=date(2026, 6, 1))], k=5)
        tally.slowest_open_s = max(tally.slowest_open_s, time.perf_counter() - started)
        found |= {int(_NUMBER.findall(hit.snippet.text)[0]) for hit in hits}
        count = sum(1 for _ in knowledge.all_in_force(date(2026, 6, 1)))
        knowledge.close()
    except Exception as error:
        tally.unanswered += 1
        tally.problems.append(f"trial {new}: {error!r}")
        return old
    expected = {number: DOCUMENTS * SECTIONS + number % 2 for number in found}
    if len(found) != 1 or not found <= {old, new} or set(expected.values()) != {count} or not hits:
        tally.mixed += 1
        tally.problems.append(f"trial {new}: numbers {sorted(found)}, {count} snippets, {len(hits)} hits")
    tally.new += found == {new}
    tally.old += found == {old}
    if Truth(ShopHome.of(home, "corner").truth).check() != "ok":
        tally.damaged_truth += 1
    return max(found, default=old)


def main(arguments: list[str]) -> int:
    """Run the trials, or one sync for them."""
    if arguments[:1] == ["--sync"]:
        sync(Path(arguments[1]), Path(arguments[2]), law=Path(arguments[3]))
        return 0
    spare = Path(tempfile.mkdtemp(prefix="warmline-kill-"))
    try:
        longest_s = float(arguments[1]) if len(arguments) > 1 else LONGEST_S
        tally = run(int(arguments[0]) if arguments else 300, spare, longest_s=longest_s)
    finally:
        shutil.rmtree(spare, ignore_errors=True)
    sys.stdout.write(f"{tally}\n")
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The figures the README quotes, measured here and now: `make bench`.

Times depend on the machine; what is compared in one run (ratios, counts, megabytes) does not, or hardly.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.assembly import Warmline
from service.demo import waiting_tickets
from service.draft import Provenance
from service.drafting import instant_draft
from service.preparing import prepare
from service.settings import read_settings

RUNS = 5
ROUNDS = 8
COMMAND = [sys.executable, "-m", "ui.terminal"]
"""`python -m ui.terminal` is `warmline`."""


def main() -> None:
    """Measure and print a table."""
    table = Table("figure", "aim", "seen", title="Warmline, measured")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"WARMLINE_HOME": home, "WARMLINE_MODEL": "none"}
        rows = [*imports(), *commands(), *drafts(Path(home))]
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def imports() -> Iterator[tuple[str, str, str]]:
    """What it costs before a command can begin."""
    seen = [_import_s() for _ in range(RUNS)]
    yield "import ui.terminal, median", "< 0.3 s", f"{statistics.median(seen):.3f} s"


def commands() -> Iterator[tuple[str, str, str]]:
    """Whole commands, from the shell's point of view."""
    first = _timed([*COMMAND, "demo"])
    again = [_timed([*COMMAND, "demo"]) for _ in range(RUNS)]
    yield "first demo (indexes the shop)", "", f"{first:.1f} s"
    yield "demo again, median", "< 5 s", f"{statistics.median(again):.1f} s"
    yield (
        "memory of draft, peak",
        "< 350 MB",
        f"{_peak_mb([*COMMAND, 'draft', '这件羽绒服能退吗', '--json']):.0f} MB",
    )


def drafts(home: Path) -> Iterator[tuple[str, str, str]]:
    """The instant draft, once everything is loaded."""
    app = Warmline(settings=read_settings(home=home, model="none"))
    knowledge = app.knowledge().warm()
    seen: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for ticket in waiting_tickets():
            ms: dict[str, float] = {}
            start = time.perf_counter()
            case = prepare(ticket, knowledge=knowledge, library=app.library, ms=ms)
            instant_draft(
                case, library=app.library, draft_id="x", provenance=Provenance(), request=app.request(), ms=ms
            )
            ms["whole"] = (time.perf_counter() - start) * 1000
            for stage, value in ms.items():
                seen.setdefault(stage, []).append(value)
    for stage, values in sorted(seen.items(), key=lambda each: each[0] != "whole"):
        p50, p95 = (statistics.quantiles(values, n=100)[q - 1] for q in (50, 95))
        aim = "p95 < 50 ms" if stage == "whole" else ""
        name = "instant draft" if stage == "whole" else f"  of which {stage}"
        yield name, aim, f"p50 {p50:.1f} ms, p95 {p95:.1f} ms ({len(values)} drafts)"


def _import_s() -> float:
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import ui.terminal"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    return int(re.findall(r"\|\s+(\d+) \|", said)[-1]) / 1e6


def _timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def _peak_mb(command: list[str]) -> float:
    """Largest resident size of the command, in megabytes (Linux counts kilobytes)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{' '.join(command)} ended with {process.returncode}"
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()

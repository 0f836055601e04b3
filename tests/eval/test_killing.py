"""kill -9 at any moment costs at most what was in flight."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

IN_FLIGHT = 4
"""Calls under way at once: all that a kill may cost."""


def bulk_suite(folder: Path, count: int) -> Path:
    path = folder / "bulk.jsonl"
    lines = [
        {
            "id": f"s{at:04d}",
            "family": f"f{at % 20}",
            "now": "2026-11-12T20:15:00+08:00",
            "conversation": [{"role": "customer", "text": f"第{at}件毛衣能退吗"}],
            "expect": {"intents": ["return"], "states": [["11月17日"]]},
        }
        for at in range(count)
    ]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    return path


def test_a_run_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    suite = bulk_suite(tmp_path, 120)
    root = Path(__file__).parents[2]
    summaries, asked = [], []
    for name, kills in (("whole", 0), ("killed", 2)):
        log = tmp_path / f"{name}.log"
        command = [sys.executable, "-m", "tests.eval.slow_run", str(suite), str(tmp_path / name), str(log)]
        for _ in range(kills):
            before = len(log.read_text().splitlines()) if log.exists() else 0
            process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
            while not log.exists() or len(log.read_text().splitlines()) < before + 30:
                time.sleep(0.01)
            process.kill()
            process.wait()
        subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=True)
        (summary,) = (tmp_path / name).glob("*/summary.json")
        summaries.append(summary.read_bytes())
        asked.append(len(log.read_text().splitlines()))
    assert summaries[0] == summaries[1]
    assert asked[0] == 120 and asked[1] <= 120 + 2 * IN_FLIGHT

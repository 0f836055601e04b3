"""Documents in formats that are not plain text, read in a child process that cannot take us down."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from retrieval.errors import ShopError

CONVERTED = frozenset({".pdf", ".docx", ".xlsx", ".html", ".htm"})
TIMEOUT_S = 20.0
MEMORY_BYTES = 480 * 1024 * 1024
"""Data the child may hold; an honest document needs a tenth."""


def converted(file: Path, *, where: str) -> dict[str, Any]:
    """`{"markdown": …}` or `{"rows": …}` of a file. Raises ShopError naming file and reason."""
    command = [sys.executable, "-m", "retrieval.converting", str(file.resolve())]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_S, check=False, cwd=Path(__file__).parent.parent,
            preexec_fn=_bounded,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ShopError(f"{where}: not read within {TIMEOUT_S:.0f} s; it is damaged or a trap") from error
    try:
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
    except (ValueError, AssertionError) as error:
        raise ShopError(
            f"{where}: reading it failed with code {done.returncode} (memory or time used up?)"
        ) from error
    if "problem" in answer:
        raise ShopError(f"{where}: {answer['problem']}")
    return answer


def _bounded() -> None:
    """Limits of the child: memory, processor time, no files written."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(TIMEOUT_S), int(TIMEOUT_S)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

"""The command line, run in this process with its real parts."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ui.terminal.app import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all command-line tests: the demo shop is indexed once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def warmline(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Ran]:
    """Run `warmline ARGS…`."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WARMLINE_MODEL", "WARMLINE_SHOP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WARMLINE_HOME", str(home))
    monkeypatch.setenv("WARMLINE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "120")

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["warmline", *map(str, args)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        out, err = capfdbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return run

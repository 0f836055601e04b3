"""The promotion ledger: why each template version was released, by whom, on what proof.

`releases.jsonl` is only ever added to; each line holds the hash of the one before, so that a changed or
removed line is found.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prompts.errors import PromptFileInvalid
from prompts.releasing import release
from prompts.template import load_templates

LEDGER = "releases.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a release rests on: a verdict, or a reason that somebody signs."""

    by: str
    reason: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)
    """Outcome, runs, scenarios, families (`eval.promoting.proof`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger."""

    at: str
    template: str
    hashes: Mapping[str, str]
    """`reply@2.zh` → SHA-256 of its file."""
    by: str
    reason: str
    verdict: Mapping[str, Any]
    previous: str
    """SHA-256 of the line before; empty in the first."""


def promote(name: str, ground: Ground, *, at: datetime, root: Path | None = None) -> tuple[str, ...]:
    """Pins `reply@2` and enters why; the keys newly pinned (none: it was released before).

    Raises PromptFileInvalid: no proof and no signed reason, a damaged ledger, or what `release` refuses.
    """
    root = root or Path(__file__).parent
    if not ground.verdict and not (ground.reason.strip() and ground.by.strip()):
        raise PromptFileInvalid(
            f"release {name!r}: expected a run that passed (--run, --against), or a reason and who signs it "
            "(--reason, --by)"
        )
    previous = _last_line(root)
    pinned = release(name, root)
    if not pinned:
        return ()
    entry = Entry(
        at=at.isoformat(timespec="seconds"),
        template=name,
        hashes={each.key: each.hash for each in load_templates(root).values() if each.id == name},
        by=ground.by,
        reason=ground.reason,
        verdict=dict(ground.verdict),
        previous=hashlib.sha256(previous).hexdigest() if previous else "",
    )
    with (root / LEDGER).open("ab") as out:
        out.write((json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True) + "\n").encode())
    return pinned


def read_ledger(root: Path | None = None) -> tuple[Entry, ...]:
    """Every release, oldest first. Raises PromptFileInvalid naming the first line that was tampered with."""
    path = (root or Path(__file__).parent) / LEDGER
    entries: list[Entry] = []
    previous = b""
    for number, line in enumerate(_lines(path), start=1):
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise PromptFileInvalid(f"{path}:{number}: not an entry of the ledger: {error}") from error
        if entry.previous != (hashlib.sha256(previous).hexdigest() if previous else ""):
            raise PromptFileInvalid(
                f"{path}:{number}: the line before it was changed or removed; restore the file"
            )
        entries.append(entry)
        previous = line
    return tuple(entries)


def _last_line(root: Path) -> bytes:
    read_ledger(root)
    lines = _lines(root / LEDGER)
    return lines[-1] if lines else b""


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []

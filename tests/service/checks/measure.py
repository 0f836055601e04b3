"""Measures the checks on the labelled drafts: `python -m tests.service.checks.measure [dev] [-t] [-v]`."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from service.checks import examine
from service.draft import Finding
from tests.service.checks.corpus import Label, Labelled, labelled, library

DEV = ("dev", "dev2", "dev3", "dev4", "dev5", "dev6", "dev7", "dev8", "dev9")
GATE = "gate"
"""Only ever measured; each use is written down in the README."""


@dataclass(slots=True)
class Tally:
    """Counts of one measuring."""

    found: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    clean_blocked: int = 0
    spans: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    """Types of labels that were not found."""
    alarms: Counter[str] = field(default_factory=Counter)
    """Types of findings on clean drafts, and of warnings that no label asks for."""

    def add(self, other: "Tally") -> None:
        """Count another measuring in."""
        for mine, theirs in (
            (self.found, other.found),
            (self.wanted, other.wanted),
            (self.false, other.false),
            (self.missed, other.missed),
            (self.alarms, other.alarms),
        ):
            mine.update(theirs)
        self.clean += other.clean
        self.clean_blocked += other.clean_blocked
        self.spans += other.spans
        self.ms += other.ms
        self.notes += other.notes


def measure(half: str) -> Tally:
    """Recall by severity, false alarms, span overlap and time over one half."""
    tally = Tally()
    for draft in labelled(half):
        _weigh(draft, tally)
    return tally


def _weigh(draft: Labelled, tally: Tally) -> None:
    packs = library().rulepacks
    start = time.process_time()
    findings = examine(draft.text, draft.case, rulepacks=packs, lexicon=library().lexicon).findings
    tally.ms.append((time.process_time() - start) * 1000)
    grave = [finding for finding in findings if finding.severity == "block"]
    if not draft.labels:
        tally.clean += 1
        tally.clean_blocked += bool(grave)
        tally.alarms.update({finding.type for finding in grave})
        if grave:
            tally.notes.append(f"BLOCKED {draft.text}\n    {_shown(grave)}")
    for label in draft.labels:
        severity = _severity(label)
        tally.wanted[severity] += 1
        hits = [finding for finding in findings if finding.type in label.types]
        if hits:
            tally.found[severity] += 1
            if label.span:
                tally.spans.append(max(_overlap(label.span, hit.span) for hit in hits))
        else:
            tally.missed["|".join(sorted(label.types))] += 1
            tally.notes.append(f"MISSED {sorted(label.types)} {draft.text}\n    {_shown(findings)}")
    known = {name for label in draft.labels for name in label.types}
    for finding in findings:
        if finding.severity != "block" and finding.type not in known:
            tally.false["soft"] += 1
            tally.alarms[finding.type] += 1
            tally.notes.append(f"EXTRA {finding.type} [{finding.quote}] {draft.text}")
        elif finding.severity == "block" and finding.type not in known and draft.labels:
            tally.false["block"] += 1
            tally.notes.append(f"also {finding.type} [{finding.quote}] {finding.source} {draft.text}")


def _severity(label: Label) -> str:
    known = library().rulepacks.findings
    return "block" if any(known[name].severity == "block" for name in label.types) else "soft"


def _overlap(wanted: tuple[int, int], got: tuple[int, int]) -> float:
    common = max(0, min(wanted[1], got[1]) - max(wanted[0], got[0]))
    return common / max(1, min(wanted[1] - wanted[0], got[1] - got[0]))


def _shown(findings: object) -> str:
    assert isinstance(findings, (list, tuple))
    return "; ".join(f"{f.type}[{f.quote}] {f.source}" for f in findings if isinstance(f, Finding))


def report(tally: Tally) -> dict[str, float]:
    """The figures by name."""
    wanted, found = tally.wanted, tally.found
    soft = found["soft"] + tally.false["soft"]
    return {
        "drafts": len(tally.ms),
        "clean": tally.clean,
        "blocking recall": found["block"] / max(1, wanted["block"]),
        "clean blocked": tally.clean_blocked / max(1, tally.clean),
        "soft recall": found["soft"] / max(1, wanted["soft"]),
        "soft precision": found["soft"] / max(1, soft),
        "span overlap": sum(x > 0 for x in tally.spans) / max(1, len(tally.spans)),
        "p95 ms": sorted(tally.ms)[int(len(tally.ms) * 0.95)],
    }


def main() -> None:
    """Print the figures, with -t also what is missed by type, with -v every miss and false alarm."""
    halves = [name for name in (*DEV, GATE) if name in sys.argv] or [*DEV, GATE]
    for half in halves:
        tally = measure(half)
        if not tally.ms:
            continue
        shown = ", ".join(f"{name} {value:.3f}" for name, value in report(tally).items())
        sys.stdout.write(f"{half}: {len(tally.ms)} drafts, {sum(tally.wanted.values())} labels; {shown}\n")
        if "-t" in sys.argv:
            sys.stdout.write(f"missed {dict(tally.missed)}\nalarms {dict(tally.alarms)}\n")
        if "-v" in sys.argv:
            sys.stdout.write("\n".join(tally.notes) + "\n")


if __name__ == "__main__":
    main()

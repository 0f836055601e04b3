"""How well messages are understood: `python -m tests.service.understanding.measure [dev|gate] [-v]`."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prompts.lexicon import Lexicon, load_lexicon
from service.analysis import Analysis
from service.ticket import Ticket, read_ticket
from service.understanding import understand

NOW = "2026-11-12T20:15:00+08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled message."""

    ticket: Ticket
    intents: frozenset[str]
    emotion: str
    escalate: bool
    risks: frozenset[str]
    strength: int | None = None


@dataclass(slots=True)
class Tally:
    """Hits, false alarms and misses."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.extra + self.missed)


@dataclass(slots=True)
class Figures:
    """What one split measured."""

    count: int = 0
    intents: Tally = field(default_factory=Tally)
    by_intent: dict[str, Tally] = field(default_factory=dict)
    escalation: Tally = field(default_factory=Tally)
    risks: Tally = field(default_factory=Tally)
    emotions: Counter[tuple[str, str]] = field(default_factory=Counter)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    exact: int = 0

    @property
    def emotion_accuracy(self) -> float:
        return sum(n for (want, got), n in self.emotions.items() if want == got) / max(1, self.count)


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, read once."""
    return load_lexicon()


def examples(split: str) -> list[Example]:
    """The labelled messages of `data/<split>.yaml`."""
    path = Path(__file__).parent / "data" / f"{split}.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["messages"]
    return [_example(index, row) for index, row in enumerate(rows)]


def _example(index: int, row: dict[str, Any]) -> Example:
    said = row["t"] if isinstance(row["t"], list) else [row["t"]]
    turns = [
        {"role": "customer" if turn[0] == "C" else "agent", "text": turn[2:].strip()}
        for turn in row.get("c", ())
    ]
    turns += [{"role": "customer", "text": str(text)} for text in said]
    data: dict[str, Any] = {"id": str(index), "now": NOW, "conversation": turns}
    if "s" in row:
        data["order"] = {"order_id": "T1001", "status": row["s"]}
    return Example(
        ticket=read_ticket(data),
        intents=frozenset(row["i"]),
        emotion=row["e"],
        escalate=row.get("x", False),
        risks=frozenset(row.get("r", ())),
    )


def measure(rows: Iterable[Example]) -> tuple[Figures, list[tuple[Example, Analysis]]]:
    """The figures over the rows, and every row with its analysis."""
    figures, read = Figures(), []
    for row in rows:
        got = understand(row.ticket, lexicon=lexicon(), playbooks={})
        read.append((row, got))
        _count(figures, row, got)
    return figures, read


def _count(figures: Figures, row: Example, got: Analysis) -> None:
    found = frozenset(got.intents)
    figures.count += 1
    figures.exact += found == row.intents
    _tally(figures.intents, row.intents, found)
    for intent in row.intents | found:
        _tally(figures.by_intent.setdefault(intent, Tally()), row.intents & {intent}, found & {intent})
    _tally(figures.risks, row.risks, frozenset(got.risks))
    up = frozenset({"up"})
    _tally(
        figures.escalation, up if row.escalate else frozenset(), up if got.escalation.needed else frozenset()
    )
    figures.emotions[row.emotion, got.emotion] += 1
    for wanted in row.intents - found:
        figures.confusions[wanted, ",".join(sorted(found - row.intents)) or "-"] += 1


def _tally(tally: Tally, wanted: frozenset[str], found: frozenset[str]) -> None:
    tally.right += len(wanted & found)
    tally.extra += len(found - wanted)
    tally.missed += len(wanted - found)


def _print(split: str, *, verbose: bool) -> None:
    figures, read = measure(examples(split))
    out = sys.stdout.write
    out(
        f"{split}: {figures.count} messages · intents micro-F1 {figures.intents.f1:.3f} "
        f"(right {figures.intents.right}, extra {figures.intents.extra}, missed {figures.intents.missed}) · "
        f"exact set {figures.exact / figures.count:.3f} · emotion {figures.emotion_accuracy:.3f} · "
        f"escalation F1 {figures.escalation.f1:.3f} · risks F1 {figures.risks.f1:.3f}\n"
    )
    if not verbose:
        return
    for intent, tally in sorted(figures.by_intent.items(), key=lambda pair: pair[1].f1):
        out(
            f"  {intent:18} F1 {tally.f1:.2f}  right {tally.right} "
            f"extra {tally.extra} missed {tally.missed}\n"
        )
    for (wanted, got), count in figures.confusions.most_common(30):
        out(f"  {wanted} read as {got}: {count}\n")
    for (wanted, got), count in figures.emotions.most_common():
        if wanted != got:
            out(f"  felt {wanted}, read as {got}: {count}\n")
    for row, analysis in read:
        _print_wrong(row, analysis)


def _print_wrong(row: Example, got: Analysis) -> None:
    wrong = []
    if frozenset(got.intents) != row.intents:
        wrong.append(f"{sorted(row.intents)} ≠ {[(i.intent, i.confidence) for i in got.issues]}")
    if got.emotion != row.emotion:
        wrong.append(f"{row.emotion} ≠ {got.emotion} {got.strength}")
    if got.escalation.needed != row.escalate or frozenset(got.risks) != row.risks:
        wrong.append(f"{row.escalate} {sorted(row.risks)} ≠ {got.escalation.reasons}")
    if wrong:
        sys.stdout.write(f"{row.ticket.question!r}: {' | '.join(wrong)}\n")


if __name__ == "__main__":
    asked = [name for name in sys.argv[1:] if not name.startswith("-")]
    for name in asked or ["dev", "gate"]:
        _print(name, verbose="-v" in sys.argv)

"""The figures of a stretch of drafts and their outcomes; nothing to count is said as such, not as zero."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median, quantiles
from typing import Any

from service.store import Outcome, StoredDraft

LIGHT = 0.4
"""Share of a draft changed below which an edit is light."""
ADOPTION = ("as_is", "light", "heavy", "rejected")
TIMES = {"first_text": "instant", "full_draft": "total"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a stretch of drafts amounts to."""

    drafts: int
    adoption: Mapping[str, int]
    """Drafts by what became of them; those without an outcome are left out."""
    changed: float | None
    """Median share of a sent draft that was changed."""
    reasons: Mapping[str, int]
    """Rejections by reason."""
    times_ms: Mapping[str, tuple[float, float]]
    """Median and 95th percentile."""
    findings: Mapping[str, int]
    fallbacks: Mapping[str, int]
    intents: Mapping[str, int]
    cost: float | None
    """None: no draft has a price."""


def count(kept: Sequence[tuple[StoredDraft, Sequence[Outcome]]]) -> Numbers:
    """The figures of drafts with their outcomes; a draft's last outcome counts."""
    last = [(stored, outcomes[-1]) for stored, outcomes in kept if outcomes]
    became = Counter(_became(stored, outcome) for stored, outcome in last)
    sent = [_changed(stored, outcome) for stored, outcome in last if outcome.kind != "rejected"]
    drafts = [stored.draft for stored, _ in kept]
    costs = [cost for draft in drafts if (cost := _cost(draft)) is not None]
    return Numbers(
        drafts=len(kept),
        adoption={name: became[name] for name in ADOPTION if became[name]},
        changed=median(sent) if sent else None,
        reasons=_ranked(outcome.reason for _, outcome in last if outcome.kind == "rejected"),
        times_ms={
            name: _spread(values)
            for name, stage in TIMES.items()
            if (values := [draft["ms"][stage] for draft in drafts if stage in draft["ms"]])
        },
        findings=_ranked(finding["type"] for draft in drafts for finding in draft["findings"]),
        fallbacks=_ranked(kind for draft in drafts if (kind := draft["provenance"].get("fallback_kind"))),
        intents=_ranked(intent for draft in drafts for intent in draft["analysis"]["intents"]),
        cost=sum(costs) if costs else None,
    )


def _became(stored: StoredDraft, outcome: Outcome) -> str:
    if outcome.kind == "rejected":
        return "rejected"
    changed = _changed(stored, outcome)
    return "as_is" if not changed else "light" if changed < LIGHT else "heavy"


def _changed(stored: StoredDraft, outcome: Outcome) -> float:
    if outcome.kind == "sent" and not outcome.final_text:
        return 0.0
    return 1 - SequenceMatcher(None, stored.draft["text"], outcome.final_text, autojunk=False).ratio()


def _cost(draft: Mapping[str, Any]) -> float | None:
    usage = draft["provenance"].get("usage") or {}
    return usage.get("cost")


def _spread(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    return median(values), quantiles(values, n=20, method="inclusive")[-1]


def _ranked(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())

"""A sample: one stored draft, as metrics read it. Scoring never needs the writer again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.draft import Draft
from service.wire import draft_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a writer answered, read from the JSON shape of a draft."""

    text: str
    intents: tuple[str, ...] = ()
    emotion: str = ""
    strength: int = 0
    risks: tuple[str, ...] = ()
    escalate: bool = False
    missing: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    """Snippet ids among the citations, in order."""
    given: tuple[str, ...] = ()
    """Snippet ids that the writer was given."""
    findings: tuple[tuple[str, str, str], ...] = ()
    """Type, severity, quote."""
    commitments: tuple[tuple[str, str, str], ...] = ()
    """Kind, value, support."""
    decision: str = ""
    handover: str = ""
    ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def finding_types(self) -> frozenset[str]:
        """Types of all findings."""
        return frozenset(kind for kind, _, _ in self.findings)


def sample_of(draft: Mapping[str, Any] | Draft) -> Sample:
    """The sample of a draft or of its stored JSON."""
    data = draft_json(draft) if isinstance(draft, Draft) else draft
    analysis = data.get("analysis") or {}
    provenance = data.get("provenance") or {}
    return Sample(
        text=data.get("text", ""),
        intents=tuple(analysis.get("intents", ())),
        emotion=analysis.get("emotion", ""),
        strength=int(analysis.get("strength", 0)),
        risks=tuple(analysis.get("risks", ())),
        escalate=bool(analysis.get("escalate", False)),
        missing=tuple(analysis.get("missing", ())),
        cited=tuple(dict.fromkeys(one["snippet"] for one in data.get("citations", ()))),
        given=tuple(dict.fromkeys(key.partition("@")[0] for key in provenance.get("snippets", ()))),
        findings=tuple((one["type"], one["severity"], one["quote"]) for one in data.get("findings", ())),
        commitments=tuple((one["kind"], one["value"], one["support"]) for one in data.get("commitments", ())),
        decision=provenance.get("decision", ""),
        handover=data.get("handover", ""),
        ms=data.get("ms", {}),
    )

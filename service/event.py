"""What happens while a draft is made. Terminal, API and desk all read this one stream."""

from dataclasses import dataclass

from retrieval.snippet import Hit
from service.analysis import Analysis, Fact
from service.draft import Commitment, Draft, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisReady:
    """The ticket is understood."""

    analysis: Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReady:
    """Snippets are found, deadlines and amounts computed."""

    hits: tuple[Hit, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantReady:
    """The composer's draft: complete, checked, on the screen before any model answers."""

    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The next stretch of the model's draft, ready to show: markers removed, personal data restored."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsReady:
    """The finished text is checked."""

    findings: tuple[Finding, ...]
    commitments: tuple[Commitment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The draft is whole and stored."""

    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No draft could be made; the reason is one a person can act on."""

    reason: str


Event = AnalysisReady | EvidenceReady | InstantReady | Token | FindingsReady | Done | Failed

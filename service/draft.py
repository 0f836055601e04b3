"""A draft and everything that proves it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from service.analysis import Analysis

Severity = Literal["block", "warn", "hint"]
Writer = Literal["composer", "model"]
Status = Literal["ready", "blocked", "partial"]
"""`blocked`: a blocking finding stands and must be acknowledged; `partial`: the model was cut off, and the
text is the composer's, which is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A stretch of the draft that rests on a snippet."""

    snippet: str
    """Snippet id."""
    version: str
    span: tuple[int, int]
    quote: str = ""
    """The sentence of the snippet that it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One amount, date, duration, percentage, right or promise in a text, and what supports it."""

    kind: Literal["money", "date", "duration", "percentage", "quantity", "right", "action", "text"]
    value: str
    """Normalised."""
    span: tuple[int, int]
    support: Literal["supported", "unsupported", "contradicted"]
    by: tuple[str, ...] = ()
    """Snippet keys, order fields, `conversation[2]`, or fact keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """How a finding can be mended: replace a stretch of the text by these words."""

    replacement: str
    safe: bool = False
    """Safe fixes add no commitment and may be applied without asking."""
    span: tuple[int, int] | None = None
    """The stretch that is replaced, often the whole clause; None: the finding's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a check says about a text."""

    type: str
    """Id of `prompts/taxonomy.yaml` findings."""
    severity: Severity
    span: tuple[int, int]
    quote: str
    why: str
    """One helpful sentence in Chinese."""
    why_en: str = ""
    """The same in English."""
    source: str = ""
    """Rule id, snippet key, order field, or practice id."""
    fix: Fix | None = None

    def said(self, language: str) -> str:
        """The sentence in the agent's language."""
        return self.why_en or self.why if language == "en" else self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model call, as the endpoint counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """In the currency of the price table; None if the model has no price."""

    def __add__(self, other: "Usage") -> "Usage":
        known = [each for each in (self.cost, other.cost) if each is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost=sum(known) if known else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that is needed to say where a draft came from, and to write it again."""

    template: str | None = None
    """`reply@1`; None for the composer."""
    template_hash: str | None = None
    model: str | None = None
    """As the endpoint resolved it."""
    endpoint: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    snippets: tuple[str, ...] = ()
    """Keys `id@version` of what the writer was given."""
    knowledge: str = ""
    """Generation of the shop's knowledge: `demo/000003`."""
    decision: str = ""
    """What the writer decided: playbook decision ids joined by `+`."""
    usage: Usage | None = None
    repaired: bool = False
    """Whether this is the model's second text."""
    repair_for: tuple[str, ...] = ()
    """The blocking findings that a rewrite was asked for, whatever came of it."""
    fallback: str | None = None
    """Why the model's text was not used, in words for a person."""
    fallback_kind: str | None = None
    """The same as one word for counters: a kind of ModelError, or `blocked`."""
    refined_by: str | None = None
    """The model that was asked to understand the message, where the rules were unsure."""
    warmline: str = ""
    """Program version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked draft, ready for a human."""

    id: str
    ticket_id: str
    text: str
    writer: Writer
    analysis: Analysis
    citations: tuple[Citation, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    findings: tuple[Finding, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    status: Status = "ready"
    handover: str = ""
    """For the supervisor, when the case is escalated: what happened, what was promised, what is asked."""
    partial: str = ""
    """What the model had written when it broke off: to look at, never to send."""
    ms: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage."""

    @property
    def blocked(self) -> bool:
        """Whether any finding blocks."""
        return any(finding.severity == "block" for finding in self.findings)

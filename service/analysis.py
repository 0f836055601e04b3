"""What we understand of a ticket before anything is written."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing the customer wants."""

    intent: str
    """Id of `prompts/taxonomy.yaml` intents."""
    confidence: float
    span: tuple[int, int]
    """Start and end in `ticket.question`, in characters."""
    text: str = ""
    """The words of the span: what a search for this issue is made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """One fact the customer mentions."""

    kind: Literal["order_no", "product", "amount", "date", "duration", "quantity", "tracking_no", "size"]
    text: str
    """As written."""
    value: str
    """Normalised: ISO date, decimal yuan, days as `P7D`, product id."""
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Whether a person with more authority must take over, and why."""

    needed: bool = False
    reasons: tuple[str, ...] = ()
    """Risk ids, or `authority`, `repeat`, `broken_promise`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The customer's message, understood. The same object feeds composer, prompt and checks."""

    issues: tuple[Issue, ...]
    """In the order they are raised; at least one (`unknown` if nothing fits)."""
    emotion: str = "calm"
    """Id of the taxonomy's emotions."""
    strength: int = 0
    """0 calm to 3 extreme."""
    cause: str = ""
    """The customer's own words for what caused the emotion; empty if calm or unsaid."""
    risks: tuple[str, ...] = ()
    mentioned: tuple[Mentioned, ...] = ()
    product_ids: tuple[str, ...] = ()
    """Products meant: mentioned ones first, then those of the order."""
    missing: tuple[str, ...] = ()
    """Slots to ask for (`prompts/taxonomy.yaml` asks): needed by the issues, in neither chat nor order."""
    language: Language = "zh"
    escalation: Escalation = Escalation()

    @property
    def intents(self) -> tuple[str, ...]:
        """Intent ids without repetition, in order."""
        return tuple(dict.fromkeys(issue.intent for issue in self.issues))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A deadline, date or amount computed in code, which drafts may state and checks accept."""

    key: str
    """What it is: `return.window_end`, `dispatch.due`, `refund.amount`…"""
    kind: Literal["date", "datetime", "money", "duration", "text"]
    value: str
    """ISO date or datetime in the shop's zone, decimal yuan, ISO 8601 duration, or words."""
    derivation: str
    """How it came about, for a person: `签收 11-03 + 7 天 → 11-10 24:00`."""
    sources: tuple[str, ...] = ()
    """Snippet keys (`id@version`) and order fields (`order.delivered_at`) it rests on."""
    passed: bool | None = None
    """For deadlines: whether it lies before the ticket's clock."""
    amount: Decimal | None = None

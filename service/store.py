"""What is kept of every draft, and the seam behind which it is kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

OutcomeKind = Literal["sent", "edited", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """One draft as it was made, in the machine shapes of `service.wire`."""

    id: str
    at: datetime
    shop: str
    ticket: dict[str, Any]
    draft: dict[str, Any]
    evidence: dict[str, Any] = field(default_factory=dict)
    """Hits and computed facts the writer was given."""
    instant: dict[str, Any] | None = None
    """The composer's draft, when a model wrote the final one."""
    idempotency_key: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the agent did with a draft."""

    draft_id: str
    at: datetime
    kind: OutcomeKind
    reason: str = ""
    final_text: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """Findings on the final text, checked again after the agent's edit."""
    idempotency_key: str | None = None


class KeyTaken(Exception):
    """The idempotency key already belongs to another record."""


class Store(Protocol):
    """Where drafts and outcomes are kept. An acknowledged save survives a crash."""

    async def save_draft(self, stored: StoredDraft) -> None:
        """Keep a draft. Raises KeyTaken if its idempotency key is in use."""

    async def draft(self, draft_id: str) -> StoredDraft | None:
        """The draft of that id."""

    async def draft_by_key(self, key: str) -> StoredDraft | None:
        """The draft made under that idempotency key."""

    async def recent(self, *, limit: int = 50) -> list[StoredDraft]:
        """The newest drafts, newest first."""

    async def save_outcome(self, outcome: Outcome) -> None:
        """Keep an outcome. Raises KeyTaken if its idempotency key is in use."""

    async def outcomes(self, draft_id: str) -> list[Outcome]:
        """The outcomes of a draft, oldest first."""

    async def close(self) -> None:
        """Give connections back."""

"""When a call is made again: rarely, soon, and never beyond a share of all calls."""

from dataclasses import dataclass

from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 4.0
_TRANSIENT = frozenset({"unreachable", "server_error", "rate_limited"})
"""Not `timeout`: a second wait of the same length would cost the agent the whole deadline."""
_FLUKES = frozenset({"empty", "malformed"})


@dataclass(slots=True, kw_only=True)
class RetryBudget:
    """Retries that are left: every call earns a share of one, so that an outage is never multiplied."""

    share: float = 0.1
    """Retries per call, in the long run (R5: at most 10 %)."""
    reserve: float = 3.0
    """Retries at the start, and the most that is ever saved up."""
    _left: float = -1.0

    def earn(self) -> None:
        """One call was made."""
        self._left = min(self.reserve, self._now + self.share)

    def take(self) -> bool:
        """Whether a retry is left; takes it."""
        if self._now < 1:
            return False
        self._left = self._now - 1
        return True

    @property
    def _now(self) -> float:
        return self.reserve if self._left < 0 else self._left


def is_worth_retrying(error: ModelError) -> bool:
    """Whether the same call may succeed a moment later, and nobody has seen any of it."""
    if error.partial:
        return False
    if isinstance(error, ModelUnavailable):
        return error.retryable and error.kind in _TRANSIENT
    return isinstance(error, ModelAnswerUnusable) and error.kind in _FLUKES


def backoff_s(attempt: int, *, chance: float, retry_after_s: float | None = None) -> float:
    """Seconds to wait before retry number `attempt` (from 0), with full jitter.

    `chance` in [0, 1) spreads callers apart; what the endpoint asked for is waited at least.
    """
    jittered = chance * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0**attempt)
    return jittered + (retry_after_s or 0.0)

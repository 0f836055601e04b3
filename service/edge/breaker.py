"""A circuit breaker: an endpoint that keeps failing is left alone for a while, then probed with one call."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "open", "probing"]


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Counts failures in a row. Every `admit` that said yes is followed by exactly one of the outcomes.

    Why not a library: the ones at hand let every waiting call through at once when the rest is over; with
    64 drafts waiting that is 64 probes of a broken endpoint.
    """

    threshold: int = 5
    """Failures in a row that open it."""
    rest_s: float = 30.0
    longest_rest_s: float = 300.0
    """A rest that ends in a failed probe doubles, up to this."""
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _open_until: float | None = None
    _rest: float = 0.0
    _probing: bool = False

    @property
    def state(self) -> State:
        """`closed`: calls pass; `open`: none passes; `probing`: one is finding out."""
        if self._open_until is None:
            return "closed"
        return "probing" if self._probing else "open"

    def wait_s(self) -> float:
        """Seconds until a call may pass; 0 if one may now."""
        if self._open_until is None:
            return 0.0
        left = self._open_until - self.clock()
        return max(left, self.rest_s) if self._probing else max(0.0, left)

    def admit(self) -> bool:
        """Whether this call may pass."""
        if self.wait_s() > 0:
            return False
        self._probing = self._open_until is not None
        return True

    def succeeded(self) -> None:
        """The endpoint answered."""
        self._failures, self._open_until, self._rest, self._probing = 0, None, 0.0, False

    def failed(self, *, retry_after_s: float | None = None) -> None:
        """The endpoint failed; with `retry_after_s` it asked to be left alone that long."""
        self._failures += 1
        if self._probing:
            self._rest = min(self.longest_rest_s, self._rest * 2)
            self._open(self._rest)
        elif self._failures >= self.threshold:
            self._rest = self._rest or self.rest_s
            self._open(self._rest)
        if retry_after_s:
            self._open(min(retry_after_s, self.longest_rest_s))

    def abandoned(self) -> None:
        """The call was given up by us: it says nothing about the endpoint."""
        self._probing = False

    def _open(self, rest_s: float) -> None:
        self._probing = False
        self._rest = self._rest or self.rest_s
        self._open_until = max(self._open_until or 0.0, self.clock() + rest_s)

"""How many calls an endpoint bears, found out as it goes; and the one place where they are made again.

Additive increase, multiplicative decrease after Jacobson (1988): doubled per clean round until the first 429,
then one more per clean round; × 0.7 per episode of 429s.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from service.errors import ModelUnavailable

T = TypeVar("T")

START = 8
CUT = 0.7
TRIES = 7
"""Of one call: with the waits below, two minutes of an endpoint that is down."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
_HOPELESS = frozenset({"rejected", "no_model", "late", "stopping"})
"""Kinds that another try cannot mend."""


@dataclass(slots=True, kw_only=True)
class Limiter:
    """Lets so many calls at once through to one endpoint, and learns from how they end."""

    most: int
    """Never more than this at once."""
    limit: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    episodes: int = 0
    """How often the limit was cut."""
    _running: int = 0
    _clean: int = 0
    _begun: int = 0
    _begun_at_cut: int = 0
    _opens_at: float = 0.0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.limit = self.limit or float(min(START, self.most))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """One call's turn; yields its number. Waits while the endpoint wants to be left alone."""
        await self._enter()
        self._begun += 1
        try:
            yield self._begun
        finally:
            self._running -= 1
            self._wake()

    def went_well(self) -> None:
        """A call was answered: a whole round of them widens the limit."""
        self._clean += 1
        if self._clean >= self.limit:
            self._clean = 0
            self.limit = min(float(self.most), self.limit + 1 if self.episodes else self.limit * 2)
            self._wake()

    def was_refused(self, turn: int, retry_after_s: float | None = None) -> None:
        """The endpoint said 429; refusals of calls that began before the last cut belong to its episode."""
        self._clean = 0
        if retry_after_s:
            self._opens_at = max(self._opens_at, self.clock() + retry_after_s)
        if turn > self._begun_at_cut:
            self.limit = max(1.0, self.limit * CUT)
            self._begun_at_cut = self._begun
            self.episodes += 1

    async def _enter(self) -> None:
        while self._running >= int(self.limit):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                self._wake()
                raise
        self._running += 1
        try:
            while (wait_s := self._opens_at - self.clock()) > 0:
                await self.sleep(wait_s)
        except BaseException:
            self._running -= 1
            self._wake()
            raise

    def _wake(self) -> None:
        free = int(self.limit) - self._running
        while self._waiting and free > 0:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1


async def patiently(
    call: Callable[[], Awaitable[T]],
    limiter: Limiter,
    *,
    tries: int = TRIES,
    chance: Callable[[], float] = random.random,
) -> tuple[T, int]:
    """What the call gives, and how often it was made again.

    Raises ModelUnavailable when the endpoint stays away, and at once when another try cannot help.
    """
    for attempt in range(tries):
        async with limiter.turn() as turn:
            try:
                answer = await call()
            except ModelUnavailable as error:
                if error.kind == "rate_limited":
                    limiter.was_refused(turn, error.retry_after_s)
                if not error.retryable or error.kind in _HOPELESS or attempt + 1 == tries:
                    raise
                asked = error.retry_after_s
            else:
                limiter.went_well()
                return answer, attempt
        if not asked:
            await limiter.sleep(chance() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**attempt))
    raise AssertionError("the last try returns or raises")

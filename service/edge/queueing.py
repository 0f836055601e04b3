"""A bounded queue in front of the model: fair between agents, and honest when it is full."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.errors import ModelUnavailable

_SMOOTHING = 0.2
"""Weight of the newest call in the running mean of how long one takes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    agent: str
    turn: asyncio.Future[None]


class FairQueue:
    """So many calls at once, so many waiting; whose turn it is goes by who has the fewest running.

    When it is full, the newest waiter of the agent who has most waiting makes room for one who has fewer.
    """

    def __init__(
        self, *, at_once: int = 16, waiting: int = 64, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._clock = clock
        self._waiters: deque[_Waiter] = deque()
        self._running: Counter[str] = Counter()
        self._mean_s = 0.0
        self._draining = False
        self.shed = 0
        """Calls that were sent away."""
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """Calls under way."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return len(self._waiters)

    @property
    def draining(self) -> bool:
        """Whether nobody is let in any more."""
        return self._draining

    def refusal(self, agent: str = "", *, wait_s: float) -> ModelUnavailable | None:
        """Why a call of this agent would be sent away at once, or None; a cheap look before any work."""
        full = self.waiting >= self._most_waiting and self.running >= self._at_once
        if self._draining or self.expected_wait_s() > wait_s or (full and not self._outweighs(agent)):
            return self._overloaded()
        return None

    def expected_wait_s(self) -> float:
        """How long a new call would wait, by how long calls took so far."""
        if self.running < self._at_once:
            return 0.0
        return self._mean_s * (self.waiting + 1) / self._at_once

    @asynccontextmanager
    async def turn(self, agent: str = "", *, wait_s: float) -> AsyncGenerator[None, None]:
        """One call's turn.

        Raises ModelUnavailable (`overloaded`, with `retry_after_s`) at once if the queue is full, drains,
        or would take longer than `wait_s`, and after `wait_s` in any case.
        """
        await self._enter(agent, wait_s)
        began = self._clock()
        try:
            yield
        finally:
            took = self._clock() - began
            self._mean_s += (took - self._mean_s) * (_SMOOTHING if self._mean_s else 1.0)
            self._leave(agent)

    async def drain(self) -> None:
        """Lets nobody in any more, sends the waiting away, and returns when the last call is done."""
        self._draining = True
        while self._waiters:
            self._refuse(self._waiters.popleft())
        await self._idle.wait()

    async def _enter(self, agent: str, wait_s: float) -> None:
        if refusal := self.refusal(agent, wait_s=wait_s):
            raise refusal
        if self.running < self._at_once and not self._waiters:
            self._start(agent)
            return
        self._make_room()
        waiter = _Waiter(agent, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(wait_s):
                await waiter.turn
        except TimeoutError:
            self._give_up(waiter)
            raise self._overloaded() from None
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise

    def _make_room(self) -> None:
        if len(self._waiters) < self._most_waiting:
            return
        heaviest, _ = self._heaviest()
        newest = next(waiter for waiter in reversed(self._waiters) if waiter.agent == heaviest)
        self._waiters.remove(newest)
        self._refuse(newest)

    def _outweighs(self, agent: str) -> bool:
        """Whether another agent has so many waiting that one of theirs makes room."""
        return sum(waiter.agent == agent for waiter in self._waiters) + 1 < self._heaviest()[1]

    def _heaviest(self) -> tuple[str, int]:
        held = Counter(waiter.agent for waiter in self._waiters)
        return held.most_common(1)[0] if held else ("", 0)

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
            self._leave(waiter.agent)

    def _start(self, agent: str) -> None:
        self._running[agent] += 1
        self._idle.clear()

    def _leave(self, agent: str) -> None:
        self._running[agent] -= 1
        if not self._running[agent]:
            del self._running[agent]
        while self._waiters and self.running < self._at_once:
            lightest = min(self._waiters, key=lambda waiter: self._running[waiter.agent])
            self._waiters.remove(lightest)
            if not lightest.turn.done():
                self._start(lightest.agent)
                lightest.turn.set_result(None)
        if not self.running:
            self._idle.set()

    def _refuse(self, waiter: _Waiter) -> None:
        if not waiter.turn.done():
            waiter.turn.set_exception(self._overloaded())

    def _overloaded(self) -> ModelUnavailable:
        self.shed += 1
        if self._draining:
            return ModelUnavailable(
                "the service is stopping and takes no new drafts", kind="stopping", retry_after_s=5.0
            )
        wait = max(1.0, self.expected_wait_s())
        return ModelUnavailable(
            f"{self.running} drafts under way and {self.waiting} waiting; try again in {wait:.0f} s",
            kind="overloaded",
            retry_after_s=wait,
        )

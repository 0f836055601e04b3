"""A model over several endpoints: the one place where a call is retried, rerouted, or given up."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from service.edge.breaker import Breaker
from service.edge.pricing import PriceTable
from service.edge.queueing import FairQueue
from service.edge.retrying import RetryBudget, backoff_s, is_worth_retrying
from service.edge.thinking import ThinkingStripper
from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable
from service.model import Chunk, Message, Model

asking_agent: ContextVar[str] = ContextVar("asking_agent", default="")
"""Who a call is made for: the queue is fair between these."""

_THEIR_FAULT = frozenset({"cut", "malformed", "too_big"})
"""Answers that speak against an endpoint; a refusal or a token limit does not."""


@dataclass(slots=True)
class _Place:
    model: Model
    breaker: Breaker


@dataclass(slots=True)
class _Call:
    """One call while it is made, over all its attempts."""

    messages: Sequence[Message]
    parameters: Mapping[str, Any]
    began: float = field(default_factory=time.monotonic)
    shown: bool = False
    """Whether text was handed out, by whichever attempt."""
    answered: bool = False
    failures: list[ModelError] = field(default_factory=list)

    def left_s(self, limit_s: float) -> float:
        """Of a limit that runs from the beginning."""
        return max(0.0, self.began + limit_s - time.monotonic())


class ModelEdge:
    """Asks the first endpoint that may be asked, the next one if it fails, and says why if none answers.

    `counts`: calls, attempts, retries, reroutes, failures by kind, `shed`, `refused_by_breaker`. `stop` is
    for the end of a server.
    """

    def __init__(
        self,
        models: Sequence[Model],
        *,
        first_token_s: float = 15.0,
        total_s: float = 45.0,
        retries: int = 1,
        budget: RetryBudget | None = None,
        queue: FairQueue | None = None,
        breaker: Callable[[Model], Breaker] = lambda _: Breaker(),
        prices: PriceTable | None = None,
        restarts: bool = False,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not models:
            raise ValueError("model edge: expected at least one model")
        self._places = [_Place(model, breaker(model)) for model in models]
        self._first_token_s = first_token_s
        self._total_s = total_s
        self._retries = retries
        self._budget = budget or RetryBudget()
        self._queue = queue
        self._prices = prices or PriceTable({})
        self._restarts = restarts
        self._chance = chance
        self._limits: set[asyncio.Timeout] = set()
        self._stop_at = math.inf
        self.counts: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The preferred model's name."""
        return self._places[0].model.name

    @property
    def endpoint(self) -> str:
        """The preferred endpoint; the first chunk names the one that answers."""
        return self._places[0].model.endpoint

    @property
    def states(self) -> dict[str, str]:
        """Endpoint and model → state of its breaker."""
        return {f"{each.model.endpoint} {each.model.name}": each.breaker.state for each in self._places}

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The answer as it comes; see `service.model.Model`.

        Once text was handed out, a failure ends the call (`partial`), or, with `restarts`, the next
        endpoint begins anew with a chunk that says so.
        """
        self.counts["calls"] += 1
        self._budget.earn()
        await self.warm()
        call = _Call(messages, parameters)
        async with self._turn():
            for place in self._places:
                async with aclosing(self._at(place, call)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                if call.answered:
                    return
                self.counts["reroutes"] += place is not self._places[-1]
        raise _given_up(call)

    async def warm(self) -> None:
        """Loads what the models need; no deadline counts it."""
        for place in self._places:
            if hasattr(place.model, "warm"):
                await place.model.warm()

    def stop(self, *, within_s: float) -> None:
        """Ends every call under way in so many seconds, as a failure of kind `stopping`; lets none begin."""
        self._stop_at = asyncio.get_running_loop().time() + within_s
        for limit in self._limits:
            limit.reschedule(min(limit.when() or math.inf, self._stop_at))

    async def aclose(self) -> None:
        """Closes the connections of every endpoint."""
        for place in self._places:
            await place.model.aclose()

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        if self._queue is None:
            yield
            return
        try:
            turn = self._queue.turn(asking_agent.get(), wait_s=self._first_token_s)
            await turn.__aenter__()
        except ModelUnavailable:
            self.counts["shed"] += 1
            raise
        try:
            yield
        finally:
            await turn.__aexit__(None, None, None)

    async def _at(self, place: _Place, call: _Call) -> AsyncGenerator[Chunk, None]:
        """One endpoint's answer, or nothing: then its failures stand in the call."""
        for attempt in range(self._retries + 1):
            if not place.breaker.admit():
                self.counts["refused_by_breaker"] += 1
                call.failures.append(_resting(place))
                return
            try:
                async with aclosing(self._attempt(place, call)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except ModelError as error:
                self.counts[error.kind] += 1
                call.failures.append(error)
                if error.kind == "stopping" or (call.shown and not self._restarts):
                    raise
            else:
                call.answered = True
                return
            wait_s = self._wait_s(call, attempt)
            if wait_s is None:
                return
            self.counts["retries"] += 1
            await asyncio.sleep(wait_s)

    async def _attempt(self, place: _Place, call: _Call) -> AsyncGenerator[Chunk, None]:
        """One attempt, with its outcome told to the breaker."""
        self.counts["attempts"] += 1
        limit_s = self._first_limit_s(place, call)
        thinking, first, text_came = ThinkingStripper(), True, False
        outcome = place.breaker.abandoned
        try:
            async with aclosing(place.model.stream(call.messages, parameters=call.parameters)) as chunks:
                while True:
                    chunk = await self._next(chunks, call, limit_s=None if text_came else limit_s)
                    text = thinking.finish() if chunk is None else thinking.feed(chunk.text)
                    if chunk is None and not text:
                        break
                    made = replace(chunk or Chunk(), text=text)
                    if made.usage:
                        named = made.model or place.model.name
                        made = replace(made, usage=self._prices.priced(made.usage, model=named))
                    if first:
                        made = replace(made, endpoint=place.model.endpoint, restart=call.shown)
                    text_came = text_came or bool(text)
                    call.shown = call.shown or bool(text)
                    first = False
                    yield made
                    if chunk is None:
                        break
            if not text_came:
                raise ModelAnswerUnusable(f"model {place.model.name}: the answer is empty", kind="empty")
            outcome = place.breaker.succeeded
        except ModelError as error:
            outcome = _verdict(place.breaker, error)
            raise
        finally:
            outcome()

    async def _next(
        self, chunks: AsyncGenerator[Chunk, None], call: _Call, *, limit_s: float | None
    ) -> Chunk | None:
        """The next piece, None at the end; ModelUnavailable if the time for it is over."""
        left = call.left_s(self._total_s)
        until = asyncio.get_running_loop().time() + (left if limit_s is None else min(left, limit_s))
        limit = asyncio.timeout_at(min(until, self._stop_at))
        self._limits.add(limit)
        try:
            async with limit:
                return await anext(chunks, None)
        except TimeoutError as error:
            raise self._too_late(call) from error
        finally:
            self._limits.discard(limit)

    def _too_late(self, call: _Call) -> ModelUnavailable:
        if asyncio.get_running_loop().time() >= self._stop_at:
            return ModelUnavailable("model: the service is stopping", kind="stopping", partial=call.shown)
        return ModelUnavailable(
            "model: no whole answer within the time for it", kind="timeout", partial=call.shown
        )

    def _first_limit_s(self, place: _Place, call: _Call) -> float:
        """Time for the first word: half of what is left where another endpoint could still be asked."""
        left = call.left_s(self._first_token_s if not call.shown else self._total_s)
        return left if place is self._places[-1] else left / 2

    def _wait_s(self, call: _Call, attempt: int) -> float | None:
        """Seconds until the same endpoint is asked again; None if it is not."""
        error = call.failures[-1]
        if attempt >= self._retries or not is_worth_retrying(error):
            return None
        asked = error.retry_after_s if isinstance(error, ModelUnavailable) else None
        wait_s = backoff_s(attempt, chance=self._chance(), retry_after_s=asked)
        if wait_s > call.left_s(self._first_token_s) / 2 or not self._budget.take():
            return None
        return wait_s


def _verdict(breaker: Breaker, error: ModelError) -> Callable[[], None]:
    if error.kind == "stopping":
        return breaker.abandoned
    if isinstance(error, ModelUnavailable):
        return partial(breaker.failed, retry_after_s=error.retry_after_s)
    return breaker.failed if error.kind in _THEIR_FAULT else breaker.succeeded


def _resting(place: _Place) -> ModelUnavailable:
    wait_s = place.breaker.wait_s()
    return ModelUnavailable(
        f"model {place.model.name} at {place.model.endpoint}: failed repeatedly and rests for {wait_s:.0f} s",
        kind="circuit_open",
        retry_after_s=wait_s,
    )


def _given_up(call: _Call) -> ModelError:
    """The last failure, with what came before it said in the same line."""
    *earlier, last = call.failures
    if earlier:
        said = dict.fromkeys(str(error) for error in call.failures)
        last.args = ("; then ".join(said),)
    last.partial = call.shown
    return last

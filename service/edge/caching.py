"""An exact-key cache of whole answers: the same request is sent once. Off for drafts, on for evaluation."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from service.draft import Usage
from service.model import Chunk, Message, Model

REPEAT = "repeat"
"""Parameter that tells repeats of one request apart; it is part of the key and not sent."""


@dataclass(slots=True)
class Occasion:
    """What an evaluation asks for: which repeat, and how many answers were kept ones."""

    repeat: int = 0
    asked: int = 0
    hits: int = 0


occasion: ContextVar[Occasion | None] = ContextVar("occasion", default=None)
"""Set by who repeats on purpose: equal requests of other repeats are other requests."""


class AnswerStore(Protocol):
    """Keeps JSON objects by key."""

    def get(self, key: str) -> dict[str, Any] | None:
        """What is kept under the key."""
        ...

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Keeps it."""
        ...


class CachedModel:
    """A model whose whole answers are kept. Errors, cut and refused answers never are.

    An answer from the cache comes in one piece, with the usage of the call that made it.
    """

    def __init__(self, model: Model, store: AnswerStore) -> None:
        self._model = model
        self._store = store
        self.hits = 0
        self.misses = 0

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def endpoint(self) -> str:
        """The model's endpoint."""
        return self._model.endpoint

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The kept answer, or the model's own; see `service.model.Model`."""
        now = occasion.get() or Occasion()
        now.asked += 1
        given = dict(parameters) | ({REPEAT: now.repeat} if now.repeat else {})
        key = cache_key(self._model, messages, given)
        kept = await asyncio.to_thread(self._store.get, key)
        if kept is not None:
            self.hits += 1
            now.hits += 1
            usage = Usage(**kept["usage"]) if kept["usage"] else None
            yield Chunk(
                text=kept["text"], finish_reason=kept["finish_reason"], usage=usage, model=kept["model"]
            )
            return
        self.misses += 1
        whole = Chunk()
        sent = {name: value for name, value in parameters.items() if name != REPEAT}
        async with aclosing(self._model.stream(messages, parameters=sent)) as chunks:
            async for chunk in chunks:
                whole = _joined(whole, chunk)
                yield chunk
        await asyncio.to_thread(self._store.put, key, asdict(whole))

    async def warm(self) -> None:
        """Loads what the model needs."""
        if hasattr(self._model, "warm"):
            await self._model.warm()

    async def aclose(self) -> None:
        """Closes the model's connections."""
        await self._model.aclose()


def cache_key(model: Model, messages: Sequence[Message], parameters: Mapping[str, Any]) -> str:
    """SHA-256 of everything an answer depends on, as canonical JSON."""
    asked = {
        "endpoint": model.endpoint,
        "model": model.name,
        "messages": [[each.role, each.text] for each in messages],
        "parameters": dict(parameters),
    }
    canonical = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _joined(whole: Chunk, chunk: Chunk) -> Chunk:
    return Chunk(
        text=chunk.text if chunk.restart else whole.text + chunk.text,
        finish_reason=chunk.finish_reason or whole.finish_reason,
        usage=chunk.usage or whole.usage,
        model=chunk.model or whole.model,
        endpoint=chunk.endpoint or whole.endpoint,
    )

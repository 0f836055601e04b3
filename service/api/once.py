"""One key, one draft: asked at once, again, or after a restart, the same draft comes back."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any
from weakref import WeakValueDictionary

from service.event import Event
from service.store import KeyTaken, Store, StoredDraft
from service.wire import event_json

Told = tuple[str, dict[str, Any]]
"""Name and payload of an event, as the API tells it."""
_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class KeyReused(Exception):
    """The key was used before with another body."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency-Key {key!r}: used before with another body; use a new key")


async def told_once(
    make: Callable[[], AsyncGenerator[Event, None]], *, store: Store, key: str | None, body_hash: str
) -> AsyncGenerator[Told, None]:
    """The events of `make`, or just `done` with the draft that the key already has.

    Who asks with the same key meanwhile waits; another process that was faster wins, and its draft is
    told. Raises KeyReused, and what `make` raises.
    """
    lock = _locks.setdefault(key, asyncio.Lock()) if key else asyncio.Lock()
    async with lock:
        if key and (stored := await store.draft_by_key(key)):
            yield _done(stored, key, body_hash)
            return
        try:
            async with aclosing(make()) as events:
                async for event in events:
                    yield event_json(event)
        except KeyTaken:
            stored = await store.draft_by_key(key) if key else None
            if stored is None:
                raise
            yield _done(stored, key or "", body_hash)


def _done(stored: StoredDraft, key: str, body_hash: str) -> Told:
    if stored.body_hash != body_hash:
        raise KeyReused(key)
    return "done", stored.draft

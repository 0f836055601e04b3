"""Hand-made models: one function each."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.errors import ModelError
from service.model import Chunk, Message

ASKED = (Message(role="user", text="还能退吗"),)


@dataclass
class Scripted:
    """Answers each call with the next item: pieces of text, and an error that ends them, if any."""

    script: Callable[[int], Sequence[str | ModelError]]
    name: str = "m"
    endpoint: str = "http://one/v1"
    calls: int = 0
    closed: list[str] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The next answer."""
        self.calls += 1
        try:
            for piece in self.script(self.calls):
                if isinstance(piece, ModelError):
                    raise piece
                yield Chunk(text=piece)
            yield Chunk(finish_reason="stop")
        finally:
            self.closed.append(self.name)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

"""The seam to a language model: what we ask, what comes back, and the one method behind it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from service.draft import Usage

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a prompt."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The next piece of an answer."""

    text: str = ""
    finish_reason: str | None = None
    """Set once, when the endpoint says why it stopped; an answer is whole only if it says `stop`."""
    usage: Usage | None = None
    model: str | None = None
    """The model's name as the endpoint resolved it."""
    endpoint: str | None = None
    """Set on the first piece where several endpoints may answer: the one that does."""
    restart: bool = False
    """Everything before this piece is void: another endpoint begins the answer anew. Comes only from a
    `ModelEdge` that was told `restarts=True`."""


class Model(Protocol):
    """Something that answers messages piece by piece."""

    @property
    def name(self) -> str:
        """The model's name as asked for."""
        ...

    @property
    def endpoint(self) -> str:
        """Where it is asked, without anything secret."""
        ...

    def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The answer as it comes.

        Ends normally only if the answer is whole (`stop`). Raises ModelUnavailable or
        ModelAnswerUnusable, whose `partial` says whether text had already come. Closing the iterator
        closes the connection to the endpoint. `parameters`: temperature, max_tokens, seed,
        response_format… as the endpoint names them.
        """
        ...

    async def aclose(self) -> None:
        """Gives connections back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    text: str
    usage: Usage | None = None
    model: str | None = None


async def answer(model: Model, messages: Sequence[Message], *, parameters: Mapping[str, Any]) -> Reply:
    """The whole answer at once, for callers that show nothing on the way.

    Raises what `Model.stream` raises.
    """
    texts: list[str] = []
    usage, name = None, None
    async for chunk in model.stream(messages, parameters=parameters):
        texts.append(chunk.text)
        usage, name = chunk.usage or usage, chunk.model or name
    return Reply(text="".join(texts), usage=usage, model=name)

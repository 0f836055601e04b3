"""A model behind any OpenAI-compatible endpoint, asked through LangChain.

The chain is the bound chat model alone: templates are rendered, fitted and masked before it, where they can
be tested; as a step of an LCEL sequence the same work costs a quarter of the throughput at 64 drafts.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from service.adapters.answer_reading import Limits, Reading
from service.adapters.guarded_http import open_client
from service.model import Chunk, Message

_DIRECT = frozenset({"temperature", "top_p", "seed", "stop", "presence_penalty", "frequency_penalty"})
"""Parameters LangChain passes on unchanged; every other one goes beside it, straight into the body."""
_RENAMES_MAX_TOKENS = frozenset({"api.openai.com"})
"""Hosts that know `max_completion_tokens`; elsewhere it is often ignored, `max_tokens` never."""


class LangChainModel:
    """A chat model at one endpoint. Nothing is retried here: see `service/edge`."""

    def __init__(
        self,
        *,
        endpoint: str,
        api_key: str,
        model: str,
        first_token_s: float = 15.0,
        total_s: float = 45.0,
        connect_s: float = 5.0,
        max_chars: int = 20_000,
        max_bytes: int = 8_000_000,
        max_connections: int = 256,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._key = api_key
        self._model = model
        self._limits = Limits(first_token_s=first_token_s, total_s=total_s, max_chars=max_chars)
        self._connect_s = connect_s
        self._max_bytes = max_bytes
        self._max_connections = max_connections
        self._opened: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Any, Any]] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        """The model's name as asked for."""
        return self._model

    @property
    def endpoint(self) -> str:
        """Address up to `/v1`, without credentials."""
        parts = urlsplit(self._endpoint)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The answer as it comes; ends normally only if it is whole (see `service.model.Model`)."""
        await self.warm()
        began = time.monotonic()
        reading = Reading(name=self.name, endpoint=self.endpoint, limits=self._limits)
        chain = self._chain().bind(**self._arguments(parameters))
        async with aclosing(_untraced(chain.astream(_as_langchain(messages)))) as pieces:
            while True:
                try:
                    async with asyncio.timeout(reading.seconds_left(began)):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    if reading.whole:
                        break
                    raise reading.explain(error) from error
                chunk = reading.read(piece)
                if chunk != Chunk():
                    yield chunk
        reading.conclude()

    async def warm(self) -> None:
        """Loads the libraries aside, which takes seconds once; no deadline counts them."""
        if "service.adapters.lean_chat" not in sys.modules:
            await asyncio.to_thread(_load)
        self._chain()

    async def aclose(self) -> None:
        """Closes the connections opened on the running loop."""
        opened = self._opened.pop(asyncio.get_running_loop(), None)
        if opened:
            await opened[1].aclose()

    def _chain(self) -> Any:
        """The chain for the running loop: connections cannot be shared between loops."""
        loop = asyncio.get_running_loop()
        if loop not in self._opened:
            client = open_client(
                endpoint=self._endpoint,
                connect_s=self._connect_s,
                read_s=self._limits.total_s,
                max_bytes=self._max_bytes,
                max_connections=self._max_connections,
            )
            self._opened[loop] = (_chat_model(self._endpoint, self._key, self._model, client), client)
        return self._opened[loop][0]

    def _arguments(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        direct = {name: value for name, value in parameters.items() if name in _DIRECT}
        beside = {name: value for name, value in parameters.items() if name not in _DIRECT}
        if "max_tokens" in beside and urlsplit(self._endpoint).hostname in _RENAMES_MAX_TOKENS:
            beside["max_completion_tokens"] = beside.pop("max_tokens")
        return direct | {"extra_body": beside} if beside else direct


async def _untraced(pieces: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """The same stream, begun with LangSmith's tracing off: it would send the prompt to another party."""
    from langsmith import tracing_context

    async with aclosing(pieces):
        with tracing_context(enabled=False):
            try:
                first = await anext(pieces)
            except StopAsyncIteration:
                return
        yield first
        async for piece in pieces:
            yield piece


def _load() -> None:
    """Imports LangChain and makes one model, since much of it loads only then."""
    import httpx2

    _chat_model("http://localhost/v1", "none", "none", httpx2.AsyncClient(verify=False))


def _chat_model(endpoint: str, key: str, model: str, client: Any) -> Any:
    from pydantic import SecretStr

    from service.adapters.lean_chat import LeanChatOpenAI

    return LeanChatOpenAI(
        base_url=endpoint,
        api_key=SecretStr(key),
        model=model,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,
        openai_proxy="",
        http_async_client=client,
    )


def _as_langchain(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages]

"""A chat model asked for whole answers over aiohttp: a fifth of the openai client's work per call."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from service.draft import Usage
from service.errors import ModelAnswerUnusable, ModelUnavailable, SettingsError
from service.model import Chunk, Message
from service.settings import Settings

if TYPE_CHECKING:
    import aiohttp

MAX_BYTES = 4_000_000
_REFUSES = frozenset({400, 401, 403, 404, 405, 422})
_UNUSABLE = {"length": "length", "content_filter": "filtered"}


class ChatModel:
    """A `service.model.Model` for work nobody watches: one piece per answer. Nothing is retried here."""

    def __init__(self, *, endpoint: str, api_key: str, model: str, total_s: float = 120.0) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.name = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._total_s = total_s
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
            WeakKeyDictionary()
        )

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The whole answer in one piece. Raises ModelUnavailable or ModelAnswerUnusable."""
        body = {
            "model": self.name,
            "messages": [{"role": each.role, "content": each.text} for each in messages],
            **parameters,
        }
        yield self._read(await self._post(body))

    async def aclose(self) -> None:
        """Gives connections back."""
        for session in list(self._sessions.values()):
            await session.close()
        self._sessions.clear()

    async def _post(self, body: Mapping[str, Any]) -> Any:
        import aiohttp
        import orjson

        where = f"model {self.name} at {self.endpoint}"
        try:
            async with self._session().post(
                f"{self.endpoint}/chat/completions",
                data=orjson.dumps(body),
                headers=self._headers | {"Content-Type": "application/json"},
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise _refusal(where, response.status, response.headers.get("Retry-After"))
                raw = b""
                async for piece in response.content.iter_any():
                    raw += piece
                    if len(raw) > MAX_BYTES:
                        raise ModelAnswerUnusable(f"{where}: longer than {MAX_BYTES} bytes", kind="too_big")
        except TimeoutError as error:
            raise ModelUnavailable(f"{where}: not done within {self._total_s:g} s", kind="timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise ModelUnavailable(f"{where}: {said}") from error
        try:
            return orjson.loads(raw)
        except ValueError as error:
            raise ModelAnswerUnusable(f"{where}: the answer is not JSON", kind="malformed") from error

    def _read(self, answer: Any) -> Chunk:
        try:
            choice = answer["choices"][0]
            text, finish = choice["message"].get("content") or "", choice.get("finish_reason")
            used = answer.get("usage") or {}
            usage = Usage(
                input_tokens=int(used.get("prompt_tokens") or 0),
                output_tokens=int(used.get("completion_tokens") or 0),
            )
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ModelAnswerUnusable(
                f"model {self.name}: the answer has another shape than a chat completion", kind="malformed"
            ) from error
        if finish != "stop" or not text:
            kind = _UNUSABLE.get(str(finish), "empty" if finish == "stop" else "cut")
            raise ModelAnswerUnusable(
                f"model {self.name}: no whole answer (finish_reason {finish!r})", kind=kind
            )
        return Chunk(text=text, finish_reason="stop", usage=usage, model=answer.get("model"))

    def _session(self) -> "aiohttp.ClientSession":
        import aiohttp

        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self._total_s, connect=10),
            )
        return session


def judge_model(settings: Settings, name: str | None = None) -> ChatModel:
    """The model that the settings name for judging, or another at the same endpoint. Raises SettingsError."""
    if settings.plan is None:
        raise SettingsError(
            "judge: no model is configured; set OPENAI_BASE_URL and OPENAI_API_KEY, or uses.judge in the "
            "file of WARMLINE_MODELS"
        )
    endpoint, use = settings.plan.asked_for("judge")[0], settings.plan.use("judge")
    return ChatModel(
        endpoint=endpoint.base_url,
        api_key=settings.key_of(endpoint),
        model=name or endpoint.model,
        total_s=use.total_s,
    )


def _refusal(where: str, status: int, retry_after: str | None) -> ModelUnavailable:
    kind = "rate_limited" if status == 429 else "rejected" if status in _REFUSES else "server_error"
    wait = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
    return ModelUnavailable(
        f"{where}: HTTP {status}", kind=kind, retry_after_s=wait, retryable=status not in _REFUSES
    )

"""Reading one answer from LangChain's pieces: what came, what is still allowed, what its end means."""

import json
import time
from dataclasses import dataclass
from typing import Any

from service.adapters.guarded_http import AnswerTooBig, WrongContentType
from service.adapters.openai_errors import as_model_error
from service.draft import Usage
from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable
from service.model import Chunk

WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence"})
"""Finish reasons, by the names endpoints use, that say the model ended by itself."""
_AFTER_FINISH_S = 2.0
"""How long to wait for the usage that follows the finish reason: the answer is already whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one answer may take."""

    first_token_s: float
    total_s: float
    max_chars: int


class Reading:
    """One answer while it is read: what came, what is still allowed, what its end means."""

    def __init__(self, *, name: str, endpoint: str, limits: Limits) -> None:
        self._name = name
        self._endpoint = endpoint
        self._limits = limits
        self._chars = 0
        self._finish: str | None = None
        self._refusal = ""
        self._finished_at = 0.0

    @property
    def whole(self) -> bool:
        """Whether the endpoint already said that the model ended by itself."""
        return self._finish in WHOLE and self._chars > 0

    def seconds_left(self, began: float) -> float:
        """Until the next piece must be there."""
        limit = self._limits.total_s if self._chars else min(self._limits.first_token_s, self._limits.total_s)
        until = began + limit
        if self._finish:
            until = min(until, self._finished_at + _AFTER_FINISH_S)
        return max(0.0, until - time.monotonic())

    def read(self, piece: Any) -> Chunk:
        """What a LangChain message chunk says."""
        text = piece.text if isinstance(piece.content, list) else piece.content
        self._chars += len(text)
        if self._chars > self._limits.max_chars:
            raise ModelAnswerUnusable(
                f"model {self._name}: the answer is longer than {self._limits.max_chars} characters",
                kind="too_big",
                partial=True,
            )
        finish = piece.response_metadata.get("finish_reason")
        if finish:
            self._finish, self._finished_at = finish, time.monotonic()
        self._refusal += piece.response_metadata.get("refusal", "")
        usage = piece.usage_metadata
        return Chunk(
            text=text,
            finish_reason=finish,
            usage=Usage(input_tokens=usage["input_tokens"], output_tokens=usage["output_tokens"])
            if usage
            else None,
            model=piece.response_metadata.get("model_name"),
        )

    def conclude(self) -> None:
        """Raises unless what came is a whole answer."""
        name, partial = self._name, self._chars > 0
        if self._finish == "content_filter":
            raise ModelAnswerUnusable(
                f"model {name}: the endpoint's content filter stopped the answer",
                kind="filtered",
                partial=partial,
            )
        if self._finish == "length":
            raise ModelAnswerUnusable(
                f"model {name}: the answer was cut at the token limit; raise max_tokens",
                kind="length",
                partial=partial,
            )
        if self._refusal:
            raise ModelAnswerUnusable(
                f"model {name}: declines to answer: {' '.join(self._refusal.split())[:80]}",
                kind="refused",
                partial=partial,
            )
        if not self._chars:
            raise ModelAnswerUnusable(f"model {name}: the answer is empty", kind="empty")
        if self._finish not in WHOLE:
            raise ModelAnswerUnusable(
                f"model {name}: the answer ended without saying that it is finished "
                f"(finish_reason {self._finish!r})",
                kind="cut",
                partial=True,
            )

    def explain(self, error: Exception) -> ModelError:
        """The error as one of ours, in one line."""
        partial = self._chars > 0
        where = f"model {self._name} at {self._endpoint}"
        if isinstance(error, TimeoutError):
            limit = self._limits.total_s if partial else min(self._limits.first_token_s, self._limits.total_s)
            what = "was not finished" if partial else "gave no first word"
            return ModelUnavailable(f"{where}: {what} within {limit:g} s", kind="timeout", partial=partial)
        for cause in _causes(error):
            if isinstance(cause, AnswerTooBig):
                return ModelAnswerUnusable(f"{where}: {cause}", kind="too_big", partial=partial)
            if isinstance(cause, WrongContentType):
                return ModelAnswerUnusable(f"{where}: {cause}", kind="malformed", partial=partial)
            if isinstance(cause, json.JSONDecodeError):
                return ModelAnswerUnusable(
                    f"{where}: the stream is not valid JSON", kind="malformed", partial=partial
                )
        return as_model_error(error, where=where, partial=partial)


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return chain

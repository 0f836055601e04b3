"""The errors of the openai library, told as ours: one line, what happened, what to do."""

from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from service.errors import ModelAnswerUnusable, ModelError, ModelUnavailable

_LONGEST_QUOTE = 120


class ReportedError(Exception):
    """The endpoint sent an error inside its stream."""


def as_model_error(error: Exception, *, where: str, partial: bool) -> ModelError:
    """The error as a ModelError; what is none of the library's is an answer in the wrong shape."""
    import httpx2
    import openai

    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelUnavailable(f"{where}: did not answer in time", kind="timeout", partial=partial)
    if isinstance(error, openai.APIStatusError):
        return _from_status(error, where=where, partial=partial)
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        if partial:
            return ModelAnswerUnusable(
                f"{where}: the connection broke in mid-answer", kind="cut", partial=True
            )
        return ModelUnavailable(f"{where}: cannot be reached ({_root(error)})", kind="unreachable")
    if isinstance(error, openai.APIError | ReportedError):
        return ModelUnavailable(
            f"{where}: reported an error while answering: {_quote(str(error))}",
            kind="server_error",
            partial=partial,
        )
    return ModelAnswerUnusable(
        f"{where}: the answer has the wrong shape ({type(error).__name__})",
        kind="malformed",
        partial=partial,
    )


def retry_after_s(headers: Any) -> float | None:
    """Seconds from a Retry-After header (seconds or a date), if there is a readable one."""
    millis = headers.get("retry-after-ms")
    value = headers.get("retry-after")
    try:
        if millis:
            return max(0.0, float(millis) / 1000)
        return max(0.0, float(value)) if value else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError):
        return None


def _from_status(error: Any, *, where: str, partial: bool) -> ModelError:
    status = error.status_code
    said = _quote(error.message)
    if status == 429:
        spent = getattr(error, "code", None) == "insufficient_quota"
        wait = retry_after_s(error.response.headers)
        what = "the account's quota is used up" if spent else "too many requests"
        return ModelUnavailable(
            f"{where}: {what} (429)",
            kind="rate_limited",
            partial=partial,
            retry_after_s=wait,
            retryable=not spent,
        )
    if status in (401, 403):
        told = f"{where}: does not accept the key ({status}); check OPENAI_API_KEY"
    elif status == 404:
        told = f"{where}: knows no such model or address (404): {said}; check OPENAI_BASE_URL and the model"
    elif status >= 500 or status in (408, 409, 425):
        return ModelUnavailable(
            f"{where}: failed ({status})",
            kind="server_error",
            partial=partial,
            retry_after_s=retry_after_s(error.response.headers),
        )
    else:
        told = f"{where}: refused the request ({status}): {said}"
    return ModelUnavailable(told, kind="rejected", partial=partial, retryable=False)


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return _quote(str(error)) or type(error).__name__


def _quote(text: str) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"

"""Whether a model endpoint answers: asked once, before work that would rest on it."""

from typing import TYPE_CHECKING

from service.errors import SettingsError

if TYPE_CHECKING:
    import httpx

PROBE_S = 5.0
"""Seconds an endpoint has to list its models."""


def require_endpoint(base_url: str, api_key: str, *, model: str) -> None:
    """Raise SettingsError with one line if the endpoint is not there, refuses the key or lacks the model.

    An endpoint that answers but lists no models is taken to be fine.
    """
    import httpx

    way_out = "or pass --model none to let the composer write alone"
    try:
        answer = httpx.get(
            f"{base_url}/models",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=PROBE_S,
            follow_redirects=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"model endpoint {base_url}: does not answer ({_reason(error)}); check OPENAI_BASE_URL, {way_out}"
        ) from error
    if answer.status_code in (401, 403):
        raise SettingsError(
            f"model endpoint {base_url}: refuses the key (HTTP {answer.status_code}); "
            f"check OPENAI_API_KEY, {way_out}"
        )
    offered = _models(answer)
    if offered and model not in offered:
        some = ", ".join(offered[:6]) + ("…" if len(offered) > 6 else "")
        raise SettingsError(
            f"model {model!r}: not offered at {base_url}; it has {some}; set WARMLINE_MODEL, {way_out}"
        )


def _models(answer: "httpx.Response") -> list[str]:
    try:
        return [str(each["id"]) for each in answer.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return []


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

"""Whether model endpoints answer: asked once, before work that would rest on them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from service.endpoints import Endpoint
from service.errors import SettingsError

if TYPE_CHECKING:
    import httpx

PROBE_S = 5.0
"""Seconds an endpoint has to list its models."""
WAY_OUT = "or pass --model none to let the composer write alone"


def require_any(asked: Sequence[tuple[Endpoint, str]]) -> None:
    """Returns if one of these endpoints, each with its key, can be asked.

    Raises SettingsError with one line that says what is wrong with each.
    """
    problems = []
    for endpoint, key in asked:
        problem = problem_of(endpoint, key)
        if problem is None:
            return
        problems.append(problem)
    raise SettingsError(f"{'; '.join(problems)}; {WAY_OUT}")


def problem_of(endpoint: Endpoint, key: str) -> str | None:
    """What is wrong with an endpoint: it is not there, refuses the key, or lacks the model.

    An endpoint that answers but lists no models is taken to be fine.
    """
    import httpx

    where = f"model endpoint {endpoint.base_url}"
    try:
        answer = httpx.get(
            f"{endpoint.base_url}/models",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=PROBE_S,
            follow_redirects=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{where}: does not answer ({_reason(error)}); check OPENAI_BASE_URL"
    if answer.status_code in (401, 403):
        return f"{where}: refuses the key (HTTP {answer.status_code}); check {endpoint.api_key_env}"
    offered = _models(answer)
    if offered and endpoint.model not in offered:
        some = ", ".join(offered[:6]) + ("…" if len(offered) > 6 else "")
        return (
            f"model {endpoint.model!r}: not offered at {endpoint.base_url}; it has {some}; set WARMLINE_MODEL"
        )
    return None


def _models(answer: "httpx.Response") -> list[str]:
    try:
        return [str(each["id"]) for each in answer.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return []


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
